// `npm run reconcile`: ends the differences between database and machine now; `-- --dry-run` only shows them. Needs a running Anyon.
import fs from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SetupFailure } from './setup/failure.mjs';
import { setupMain } from './setup/main.mjs';
import { lives } from './setup/process-identity.mjs';
import { say } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { runningParent } from './setup/product-status.mjs';
import { stopWithSetup } from './setup/run-command.mjs';
import { readSettings } from './setup/settings.mjs';

const unknown = process.argv.slice(2).filter((word) => word !== '--dry-run');
if (unknown.length > 0) {
  say('npm run reconcile                 ends what differs between the database and this machine\nnpm run reconcile -- --dry-run    only shows it');
  process.exitCode = 2;
} else await setupMain('npm run reconcile', work, { lock: false });

async function work() {
  const worker = runningWorker(readSettings());
  const command = inProject('dist/reconcile-command.mjs');
  if (!fs.existsSync(command)) throw new SetupFailure('This build of Anyon has no reconcile command.', 'Run `npm run up` again.');
  // The very settings, database and Node of the product that runs, whatever this shell has.
  const env = { ...environmentOf(worker.pid), ANYON_LOG_LEVEL: 'silent' };
  const child = spawn(fs.readlinkSync(`/proc/${worker.pid}/exe`), ['--enable-source-maps', command, ...process.argv.slice(2)], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  stopWithSetup(child);
  const [code] = await once(child, 'close');
  process.exitCode = code ?? 1;
}

function runningWorker(settings) {
  const parent = runningParent(settings);
  if (!parent) throw new SetupFailure(`Anyon does not run with the data directory ${settings.dataDir}.`, 'Start it with `npm run up`. If it runs with another directory, name that with ANYON_DATA_DIR.');
  const worker = parent.children.worker;
  if (!worker || !lives(worker)) throw new SetupFailure('The worker of Anyon is not running just now; it is started again by itself.', 'Try again in a moment. If it stays so, read the server log.');
  return worker;
}

/** What a process of this user was started with. */
function environmentOf(pid) {
  const pairs = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
