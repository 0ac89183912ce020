#!/usr/bin/env node
// The commands of an installed Anyon, in its image (`docker compose exec anyon anyon-server …`) and below /opt/anyon.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const dist = path.join(path.dirname(fs.realpathSync(process.argv[1])), '../../dist');

/** Name, bundle of dist/, what the bundle is told in front of the given words, and a line for people. */
const COMMANDS = {
  start: ['parent.mjs', [], 'runs Anyon until it is stopped'],
  address: ['parent.mjs', ['address'], 'prints the address at which to sign in: once without an account, while there is no administrator'],
  check: ['parent.mjs', ['check'], 'ends with a sentence when a setting is wrong'],
  migrate: ['parent.mjs', ['migrate'], 'brings the tables forward to this build, while the one of before may still run'],
  'keep-host': ['parent.mjs', ['keep-host'], "as root: keeps Anyon's folders and this machine's firewall rules as they must be"],
  doctor: ['doctor-command.mjs', [], "what stands in Anyon's way on this machine, each with its fix"],
  backup: ['backup-command.mjs', [], 'database, masked logs and kept work in one file; [folder]'],
  restore: ['restore-command.mjs', [], 'while Anyon is stopped: <file> [--replace]'],
  retention: ['retention-command.mjs', [], 'applies the rules of System, Retention; [--dry-run] [--json]'],
  reconcile: ['reconcile-command.mjs', [], 'compares the database with the machine; [--dry-run]'],
  'rotate-keys': ['rotate-keys-command.mjs', [], 'seals every secret under the present key'],
};

/** The answers of these are for people; log lines beside them are not. */
const QUIET = new Set(['address', 'doctor', 'backup', 'restore', 'retention']);
/** These speak of the Anyon that runs, if one does. */
const BESIDE = new Set(['doctor', 'backup', 'retention', 'reconcile', 'rotate-keys']);

const [name = 'start', ...words] = process.argv.slice(2);
if (name === 'health') process.exit((await isReady()) ? 0 : 1);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (!command) {
  const lines = Object.entries({ ...COMMANDS, health: ['', [], 'exit code 0 while people can be served'] }).map(([word, [, , what]]) => `  ${word.padEnd(12)} ${what}`);
  process.stderr.write(`anyon-server <command>\n${lines.join('\n')}\n`);
  process.exit(name === 'help' ? 0 : 2);
}
const [bundle, given] = command;
if (BESIDE.has(name)) Object.assign(process.env, environmentOfWorker());
if (QUIET.has(name)) process.env.ANYON_LOG_LEVEL = 'silent';
// Which build runs; with other settings the process is another one anyway.
process.env.ANYON_RELEASE ??= releaseOf(path.join(dist, '.build-hash'));
process.argv = [process.argv[0], path.join(dist, bundle), ...given, ...words];
process.setSourceMapsEnabled(true);
await import(path.join(dist, bundle));

/** What the running worker was started with: the parent has told it addresses that no settings file names. Nothing when none runs here. */
function environmentOfWorker() {
  const { ANYON_CLOUD_BASE_DIR, ANYON_DATA_DIR } = process.env;
  try {
    const status = path.join(ANYON_DATA_DIR || path.join(ANYON_CLOUD_BASE_DIR || '/var/opt/anyon', 'data'), 'parent.json');
    const { pid } = JSON.parse(fs.readFileSync(status, 'utf8')).children.worker;
    if (!fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path.join(dist, 'worker.mjs'))) return {};
    const pairs = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  } catch {
    return {};
  }
}

function releaseOf(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : 'unknown';
}

async function isReady() {
  const host = process.env.ANYON_HOST || '127.0.0.1';
  const reached = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? host;
  const answer = await fetch(`http://${reached}:${process.env.ANYON_PORT || 3000}/api/health?probe=ready`, { signal: AbortSignal.timeout(8_000) }).catch(() => null);
  return answer?.status === 200;
}
