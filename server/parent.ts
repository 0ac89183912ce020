import { env, tolerateWrongSettings } from '@/server/env';
import { describeError, isAnyonError } from '@/server/errors';
import { keepLogOutOfTheAnswer, log } from '@/server/log';
import { changeFirewall } from '@/server/parent/change-firewall';
import { keepHost } from '@/server/parent/keep-host';
import { assertOnlyParent, Parent, writeFailure } from '@/server/parent/parent';
import { goBeforeWorkspaces } from '@/server/parent/priority';
import { ownProcesses, readParentStatus } from '@/server/parent/parent-status';
import { logIntoFile, rotateServerLog } from '@/server/parent/server-log';
import { shipServerLog } from '@/server/parent/ship-log';
import { createSetupToken, isSetUp } from '@/server/parent/setup-token';
import { bringDatabaseForward, ensureDatabaseUrl, prepareSurroundings } from '@/server/parent/surroundings';
import { watchPostgres } from '@/server/parent/watch-postgres';
import { watchWorker } from '@/server/parent/watch-worker';
import { assertNoRestoreUnderWay } from '@/server/system/backup/restore-mark';
import { keepMeters } from '@/server/system/metrics/kept-meters';
import { assertMayStart } from '@/server/system/start/start-problems';

/**
 * The parent process (dist/parent.mjs). Without an argument it brings the product up and stays; `npm run up` starts it detached.
 * SIGTERM or SIGINT: ends the children and itself; the database goes on until `npm run down` stops it. SIGUSR2: makes room
 * for a newer build; simulator and egress proxy go on as well. `token` prints a new one-time sign-in token (nothing where it would open nothing) and ends;
 * `address` prints the address at which to sign in, with such a token where it opens something; `check` ends with all that is in the way of a start, `check before-engine` with all but an engine that is yet to be started; `migrate` brings the database to the schema of this build and ends; `firewall` (as root) sets the rules that isolate workspaces,
 * `firewall remove` takes them away, `firewall check` looks at them; `keep-host` (as root) stays and keeps folders and rules for an Anyon of another user.
 */
const LOG_LOOK_MS = 30_000;
const METERS_MS = 5_000;

async function stay(): Promise<void> {
  const wrong = tolerateWrongSettings();
  if (wrong.length > 0) await assertMayStart({ wrong, ours: [] }); // where the status file lies may be among them
  assertOnlyParent();
  goBeforeWorkspaces();
  try {
    await assertNoRestoreUnderWay().catch(unlessUnreadable);
    await assertMayStart({ wrong, ours: ownProcesses(readParentStatus()) });
    const surroundings = await prepareSurroundings();
    logIntoFile();
    // From before the first child on: a signal that ended this process between a start and its note in the status file would leave a child of which nobody knows.
    const asked = new Promise<string>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR2'] as const) process.on(signal, () => resolve(signal));
    });
    const parent = await Parent.run(surroundings);
    let { databaseUrl } = surroundings;
    const endWatch = watchPostgres(databaseUrl, async (address) => parent.changeSurroundings({ ...surroundings, databaseUrl: (databaseUrl = address) }));
    const endWorkerWatch = watchWorker(() => databaseUrl, parent);
    setInterval(rotateServerLog, LOG_LOOK_MS);
    setInterval(() => void keepMeters('parent').catch(() => {}), METERS_MS); // a full disk: the last ones grow old and are not shown
    const endShipping = shipServerLog();
    const end = async (signal: string) => {
      log().info({ signal }, 'parent: ending');
      endWatch();
      endWorkerWatch();
      endShipping(); // the next one goes on where it was
      await parent.stop({ handOver: signal === 'SIGUSR2' });
      process.exit(0);
    };
    void asked.then(end);
    log().info({ url: env().publicUrl }, 'parent: running');
  } catch (error) {
    log().fatal({ err: error }, 'parent: cannot go on');
    tellWhy(isAnyonError(error) ? error.message : `Anyon could not start: ${describeError(error)}`);
    process.exit(1);
  }
}

async function makeToken(): Promise<string> {
  const databaseUrl = await ensureDatabaseUrl();
  return (await isSetUp(databaseUrl)) ? '' : createSetupToken(databaseUrl);
}

async function printAddress(): Promise<void> {
  const token = await makeToken();
  process.stdout.write(`${env().publicUrl}${token ? `/setup?token=${token}` : '/sign-in'}\n`);
}

async function stayAsKeeper(ready: string | undefined): Promise<void> {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
  await keepHost(ready, ending.signal);
  process.exit(0);
}

/** A data directory that cannot be read is one of the things that the start lists. */
function unlessUnreadable(error: unknown): void {
  if (isAnyonError(error)) throw error;
}

/** In the status file; where that cannot be written, the directory is what is wrong. */
function tellWhy(message: string): void {
  try {
    writeFailure(message);
  } catch {
    process.stderr.write(`${message}\n`);
  }
}

async function checkStart(when: string | undefined): Promise<void> {
  const wrong = tolerateWrongSettings();
  const ours = wrong.length > 0 ? [] : ownProcesses(readParentStatus());
  await assertMayStart({ wrong, ours }, { engineMayBeAbsent: when === 'before-engine' });
}

process.on('SIGHUP', () => {}); // the terminal that started it may close
try {
  if (process.argv[2] === 'check') tolerateWrongSettings(); // before the log reads them
  if (process.argv[2] !== undefined) keepLogOutOfTheAnswer();
  if (process.argv[2] === 'token') process.stdout.write(`${await makeToken()}\n`);
  else if (process.argv[2] === 'address') await printAddress();
  else if (process.argv[2] === 'keep-host') await stayAsKeeper(process.argv[3]);
  else if (process.argv[2] === 'check') await checkStart(process.argv[3]);
  else if (process.argv[2] === 'migrate') await bringDatabaseForward();
  else if (process.argv[2] === 'firewall') await changeFirewall(process.argv[3]);
  else await stay();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(1);
}
