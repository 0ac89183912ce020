import fs from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SetupFailure } from './failure.mjs';
import { lives } from './process-identity.mjs';
import { inProject } from './project.mjs';
import { runningParent } from './product-status.mjs';
import { stopWithSetup } from './run-command.mjs';
import { readSettings } from './settings.mjs';
import { parentEnvironment } from './start-product.mjs';

/** Runs a bundle of dist/ in the very settings, database and Node of the product that runs, whatever this shell has. Takes over its exit code. */
export async function runProductCommand(bundle, args, env = {}) {
  const worker = runningWorker(readSettings());
  await runBundle(fs.readlinkSync(`/proc/${worker.pid}/exe`), bundle, args, { ...environmentOf(worker.pid), ...env });
}

/** Runs a bundle of dist/ in the settings of this shell: for what works while the product is down. Takes over its exit code. */
export async function runOfflineCommand(bundle, args, env = {}) {
  await runBundle(process.execPath, bundle, args, { ...parentEnvironment(tolerantSettings()), ...env });
}

/** The bundle itself says what is wrong with them, all at once. */
function tolerantSettings() {
  return readSettings(process.env, process.getuid(), { tolerant: true });
}

async function runBundle(node, bundle, args, env) {
  const command = inProject('dist', bundle);
  if (!fs.existsSync(command)) throw new SetupFailure('This build of Anyon does not have this command.', 'Run `npm run up` again, or `npm run build` where it was never built.');
  const child = spawn(node, ['--enable-source-maps', command, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] });
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
