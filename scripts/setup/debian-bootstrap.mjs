import { spawn } from 'node:child_process';
import { asRoot, mayBecomeRoot } from './apt.mjs';
import { SUITE } from './apt-sources.mjs';
import { dockerEnvironment } from './docker-engine.mjs';
import { SetupFailure } from './failure.mjs';
import { NODE_VERSION } from './node-runtime.mjs';
import { lastLines, run, stopWithSetup } from './run-command.mjs';

/**
 * Makes a minimal Debian with mmdebstrap, lays the tree `root` over it, and imports it as `settings.baseImage`. The image
 * appears only when every part went well.
 * @param {{sources: string[], recipe: string, root: string}} parts apt lines; value of the label anyon.base-recipe; directory
 */
export async function bootstrapIntoImage(settings, parts, news) {
  const args = await bootstrapArguments(parts);
  // As root where that is allowed; else mmdebstrap uses a user namespace by itself.
  const [command, all] = (await mayBecomeRoot()) ? asRoot('mmdebstrap', args) : ['mmdebstrap', args];
  // A plain PATH first: mmdebstrap's filter is a Python script that must find the system's Python.
  const environment = { ...dockerEnvironment(settings), PATH: `/usr/sbin:/usr/bin:/sbin:/bin:${process.env.PATH}`, LC_ALL: 'C.UTF-8' };
  const changes = [`ENV NODE_VERSION=${NODE_VERSION}`, 'CMD ["node"]', `LABEL anyon.base-recipe=${parts.recipe}`];
  const bootstrap = spawn(command, all, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const importer = spawn('docker', ['import', ...changes.flatMap((change) => ['--change', change]), '-', settings.baseImage], { env: environment, stdio: ['pipe', 'ignore', 'pipe'] });
  const bootstrapEnd = watch(bootstrap, news);
  const importEnd = watch(importer, news);
  feed(bootstrap, importer);
  const made = await bootstrapEnd;
  // Only a whole tar may be finished; otherwise the importer is ended before it can name an image.
  if (made.code === 0) importer.stdin.end();
  else importer.kill('SIGKILL');
  const imported = await importEnd;
  if (imported.code !== 0 && importer.signalCode === null) throw failed(settings, '`docker import`', imported.words);
  if (made.code !== 0) throw failed(settings, 'mmdebstrap', made.words);
}

async function bootstrapArguments({ sources, root }) {
  const excluded = [...['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`), '--dpkgopt=path-include=/usr/share/doc/*/copyright'];
  // Run by mmdebstrap; constant but for `root`, whose name is ours (mkdtemp below the temporary directory).
  const hooks = [
    `--customize-hook=sync-in '${root}' /`,
    '--customize-hook=chroot "$1" chown -R 0:0 /usr/local',
    '--customize-hook=chroot "$1" update-ca-certificates',
    '--customize-hook=chroot "$1" groupadd --gid 1000 node',
    '--customize-hook=chroot "$1" useradd --uid 1000 --gid node --shell /bin/bash --create-home node',
  ];
  return ['--variant=minbase', '--format=tar', '--include=ca-certificates,netbase', ...excluded, ...(await proxyOptions()), ...hooks, SUITE, '-', ...sources];
}

/** apt's own proxy settings; mmdebstrap does not read the machine's apt.conf. */
async function proxyOptions() {
  const dump = await run('apt-config', ['dump'], { timeoutMs: 10_000 });
  const proxies = dump.stdout.split('\n').filter((line) => /^Acquire::https?::Proxy(::\S+)? ".+";$/.test(line));
  return proxies.map((line) => `--aptopt=${line}`);
}

/** Collects the end and the last words of a child. */
function watch(child, news) {
  stopWithSetup(child);
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    words = (words + text).slice(-8_192);
    for (const line of text.split(/[\r\n]+/)) news(line);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, words: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 128, words }));
  });
}

/** A pipe that leaves the end of the input to the caller. */
function feed(bootstrap, importer) {
  importer.stdin.on('error', () => bootstrap.kill('SIGTERM')); // the importer's own words say why
  bootstrap.stdout.on('data', (chunk) => {
    if (!importer.stdin.write(chunk)) bootstrap.stdout.pause();
  });
  importer.stdin.on('drain', () => bootstrap.stdout.resume());
}

function failed(settings, what, words) {
  return new SetupFailure(
    `No registry answered, and the base image ${settings.baseImage} could not be built from Debian packages: ${what} failed.`,
    'Check that `apt-get update` works on this machine and start again.',
    lastLines(words, 8),
  );
}
