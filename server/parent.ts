import { env } from '@/server/env';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { assertOnlyParent, Parent, writeFailure } from '@/server/parent/parent';
import { rotateServerLog } from '@/server/parent/server-log';
import { createSetupToken } from '@/server/parent/setup-token';
import { ensureDatabaseUrl, prepareSurroundings } from '@/server/parent/surroundings';
import { watchPostgres } from '@/server/parent/watch-postgres';

/**
 * The parent process (dist/parent.mjs). Without an argument it brings the product up and stays; `npm run up` starts it detached.
 * SIGTERM or SIGINT: ends the children and itself; the database goes on until `npm run down` stops it. SIGUSR2: makes room
 * for a newer build; the simulator goes on as well. `token` prints a new one-time sign-in token and ends;
 * `check` ends with a sentence when a setting is wrong.
 */
const LOG_LOOK_MS = 30_000;

async function stay(): Promise<void> {
  assertOnlyParent();
  try {
    const surroundings = await prepareSurroundings();
    const parent = await Parent.run(surroundings);
    const endWatch = watchPostgres(surroundings.databaseUrl, async (databaseUrl) => parent.changeSurroundings({ ...surroundings, databaseUrl }));
    setInterval(rotateServerLog, LOG_LOOK_MS);
    let ending = false;
    const end = async (signal: string) => {
      if (ending) return;
      ending = true;
      log().info({ signal }, 'parent: ending');
      endWatch();
      await parent.stop({ keepSimulator: signal === 'SIGUSR2' });
      process.exit(0);
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR2'] as const) process.on(signal, () => void end(signal));
    log().info({ url: env().publicUrl }, 'parent: running');
  } catch (error) {
    log().fatal({ err: error }, 'parent: cannot go on');
    writeFailure(isAnyonError(error) ? error.message : `Anyon could not start: ${describeError(error)}`);
    process.exit(1);
  }
}

async function printToken(): Promise<void> {
  process.stdout.write(`${await createSetupToken(await ensureDatabaseUrl())}\n`);
}

process.on('SIGHUP', () => {}); // the terminal that started it may close
try {
  if (process.argv[2] === 'token') await printToken();
  else if (process.argv[2] === 'check') env();
  else await stay();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(1);
}
