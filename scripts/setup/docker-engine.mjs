import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asRoot, installPackages, mayBecomeRoot, packageExists } from './apt.mjs';
import { askEngine, DEFAULT_DOCKER_HOST } from './engine-address.mjs';
import { SYSTEM_ENGINE, startEngineProcesses } from './engine-processes.mjs';
import { SetupFailure } from './failure.mjs';
import { run, runOrFail } from './run-command.mjs';

/** Address of the engine that the product uses. */
export function engineAddress(settings) {
  return settings.dockerHost || DEFAULT_DOCKER_HOST;
}

/** Where `up` remembers that it started the engine, so that `down` stops it. */
export function engineRecordFile(settings) {
  return path.join(settings.dataDir, 'engine/engine.json');
}

/** Makes sure that an engine answers: installs and starts it where that is this machine's to do. Returns a line about it. */
export async function ensureEngine(settings, news) {
  const address = engineAddress(settings);
  let answer = await askEngine(address);
  const done = [];
  if (answer.state === 'absent' && !settings.dockerHost) {
    if (!hasProgram('dockerd')) {
      news('installing Docker Engine with apt');
      await installEngine(news);
      done.push('installed from the distribution');
    }
    answer = await askEngine(address);
    if (answer.state === 'absent') {
      await startEngine(settings, news);
      done.push('started');
      answer = await askEngine(address);
    }
  }
  if (answer.state !== 'running') throw engineFailure(answer, address, settings);
  if (!hasProgram('docker')) await installPackages([(await packageExists('docker-cli')) ? 'docker-cli' : 'docker.io'], 'The `docker` command', news);
  return `Docker Engine ${answer.version}${done.length ? `: ${done.join(', ')}` : ''}`;
}

/** True when a program of this name lies on PATH or where daemons lie (a plain user's PATH has no sbin). */
export function hasProgram(name) {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return directories.some((directory) => directory && fs.existsSync(path.join(directory, name)));
}

async function installEngine(news) {
  const packages = ['docker.io', 'iptables'];
  // Since Debian 13 the command is a package of its own.
  if (await packageExists('docker-cli')) packages.push('docker-cli');
  await installPackages(packages, 'Docker Engine', news);
}

async function startEngine(settings, news) {
  news('starting Docker Engine');
  if (!(await mayBecomeRoot())) {
    throw new SetupFailure('Docker Engine is installed but not running, and starting it needs root.', 'Run `sudo systemctl start docker` (or start dockerd as root) and start again.');
  }
  if (fs.existsSync('/run/systemd/system')) {
    await runOrFail(...asRoot('systemctl', ['start', 'docker']), { failure: 'Docker Engine could not be started.', fix: 'Read `journalctl -u docker`, repair what it names, and start again.' });
    for (let attempt = 0; attempt < 100 && (await askEngine(DEFAULT_DOCKER_HOST)).state === 'absent'; attempt++) await sleep(100);
    return;
  }
  const record = engineRecordFile(settings);
  fs.mkdirSync(path.dirname(record), { recursive: true });
  await startEngineProcesses(SYSTEM_ENGINE, record, path.dirname(record));
}

function engineFailure(answer, address, settings) {
  if (answer.state === 'forbidden') {
    return new SetupFailure(
      `This user may not use Docker: the socket ${new URL(address).pathname} belongs to the group docker.`,
      'Run `bash scripts/setup-docker-env.sh` once; it adds you to that group and says what to do next.',
    );
  }
  const where = settings.dockerHost ? `at DOCKER_HOST=${settings.dockerHost}` : `at ${address}`;
  return new SetupFailure(
    `Docker Engine does not answer ${where}: ${answer.reason}.`,
    settings.dockerHost ? 'Start that engine or correct DOCKER_HOST, then start again.' : 'Look at `sudo systemctl status docker` or at the dockerd log, then start again.',
  );
}

/** The environment for `docker` commands: the same engine as the product's, never that of a CLI context. */
export function dockerEnvironment(settings) {
  return { ...process.env, DOCKER_HOST: engineAddress(settings) };
}

/** Runs a `docker` command and returns its result. */
export function docker(settings, args, options = {}) {
  return run('docker', args, { ...options, env: { ...dockerEnvironment(settings), ...options.env } });
}
