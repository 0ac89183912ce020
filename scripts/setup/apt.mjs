import fs from 'node:fs';
import { SetupFailure } from './failure.mjs';
import { run, runOrFail } from './run-command.mjs';

/** Package lists older than this are fetched again before an installation. */
const FRESH_LISTS_MS = 24 * 60 * 60 * 1000;

/** True when this process may do things as root: it is root, or sudo asks for no password. */
export async function mayBecomeRoot() {
  if (process.getuid() === 0) return true;
  return (await run('sudo', ['-n', 'true'], { timeoutMs: 5_000 }).catch(() => ({ code: 1 }))).code === 0;
}

/** Turns a command into one that runs as root: itself for root, by sudo otherwise. */
export function asRoot(command, args) {
  return process.getuid() === 0 ? [command, args] : ['sudo', ['-n', command, ...args]];
}

/**
 * Installs Debian or Ubuntu packages. Fails with the very command to type when this user may not, or when there is no apt.
 * @param {string[]} packages @param {string} what what they are for, for the message
 */
export async function installPackages(packages, what, news) {
  const byHand = `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
  if (!fs.existsSync('/usr/bin/apt-get')) {
    throw new SetupFailure(`${what} is missing, and this machine has no apt to install it with.`, `Install it with your system's packages (on Debian: ${byHand}) and start again.`);
  }
  if (!(await mayBecomeRoot())) throw new SetupFailure(`${what} is missing, and installing it needs root.`, `Run this once and start again:  ${byHand}`);
  if (listsAreOld()) await apt(['update'], news, { mayFail: true });
  const first = await apt(['install', '-y', '--no-install-recommends', ...packages], news, { mayFail: true });
  if (first.code === 0) return;
  // The lists may name files that the mirror has replaced since.
  await apt(['update'], news, { mayFail: true });
  await apt(['install', '-y', '--no-install-recommends', ...packages], news, {
    failure: `${what} could not be installed with apt.`,
    fix: `See what apt says above, repair it, then run:  ${byHand}`,
  });
}

/**
 * Fetches Debian or Ubuntu packages and unpacks them into a folder, without installing them: no root, no service that starts. What they
 * depend on must be there.
 * @param {string[]} packages @param {string} folder @param {string} what for the message
 */
export async function unpackPackages(packages, folder, what, news) {
  if (!fs.existsSync('/usr/bin/apt-get')) throw new SetupFailure(`${what} is missing, and this machine has no apt to fetch it with.`, `Install ${packages.join(' and ')} with your system's packages and start again.`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const download = ['-q', 'download', ...packages];
  if ((await run('apt-get', download, { cwd: folder, onLine: news })).code !== 0) {
    // There are no lists yet, or they name files that the mirror has replaced since.
    if (await mayBecomeRoot()) await apt(['update'], news, { mayFail: true });
    await runOrFail('apt-get', download, { cwd: folder, onLine: news, failure: `${what} could not be fetched with apt.`, fix: 'See what apt says above, repair it, and start again.' });
  }
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    await runOrFail('dpkg-deb', ['-x', file, folder], { cwd: folder, onLine: news, failure: `${file} could not be unpacked.`, fix: 'See above.' });
    fs.rmSync(`${folder}/${file}`);
  }
}

/** True when apt knows a package of this name. */
export async function packageExists(name) {
  const result = await run('apt-cache', ['policy', name], { timeoutMs: 30_000 }).catch(() => ({ code: 1, stdout: '' }));
  return result.code === 0 && /Candidate: (?!\(none\))/.test(result.stdout);
}

function apt(args, news, options) {
  const [command, all] = asRoot('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=120', '-q', ...args]);
  return options.mayFail ? run(command, all, { onLine: news }) : runOrFail(command, all, { onLine: news, ...options });
}

function listsAreOld() {
  try {
    const files = fs.readdirSync('/var/lib/apt/lists').filter((name) => name.endsWith('Packages') || name.endsWith('Packages.lz4'));
    return files.length === 0 || Date.now() - fs.statSync('/var/lib/apt/lists').mtimeMs > FRESH_LISTS_MS;
  } catch (error) {
    if (error.code === 'ENOENT') return true;
    throw error;
  }
}
