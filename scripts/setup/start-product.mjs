import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from './end-process.mjs';
import { SetupFailure } from './failure.mjs';
import { undoUnlessWhole } from './main.mjs';
import { identify, lives } from './process-identity.mjs';
import { inProject } from './project.mjs';
import { readStatus, runningParent } from './product-status.mjs';
import { lastLines, run, runOrFail, throwIfStopped } from './run-command.mjs';
import { PARENT_GRACE_MS, stopDatabase, stopProcesses } from './stop-product.mjs';

const HEALTHY_TIMEOUT_MS = 90_000;
const HAND_OVER_TIMEOUT_MS = 35_000;

/**
 * Starts the parent in a session of its own and waits until the product answers. When it does not, everything that was
 * started is stopped again and the parent's own reason is told. `release` names what is to run.
 */
export async function startProduct(settings, release) {
  /** @type {ReturnType<typeof identify>} */
  let parent = null;
  undoUnlessWhole(async () => {
    await endProcess(parent, { graceMs: PARENT_GRACE_MS }); // it notes itself only when it has children
    await stopProcesses(settings);
    await stopDatabase(settings);
  });
  const logFile = logFileOf(settings);
  const logStart = fs.existsSync(logFile) ? fs.statSync(logFile).size : 0;
  parent = launchParent(settings, release);
  await waitUntilHealthy(settings, parent, logStart);
}

/**
 * Fails with all that is in the way of a start, each with its fix (server/system/start); to be asked before a running product makes room for one
 * that could not start. `engineMayBeAbsent`: it is installed and started later.
 */
export async function assertMayStart(settings, { engineMayBeAbsent = false } = {}) {
  const args = [inProject('dist/parent.mjs'), 'check', ...(engineMayBeAbsent ? ['before-engine'] : [])];
  // With the settings as they are, the log's level too: it may be what is wrong. So lines of the log may stand between those of the answer.
  const result = await run(process.execPath, args, { env: parentEnvironment(settings), timeoutMs: 60_000 });
  if (result.code === 0) return;
  const [head = '', ...lines] = result.stderr.trim().split('\n').filter((line) => !line.startsWith('{'));
  throw new SetupFailure(head, 'Then start again. `npm run doctor` looks at everything else, too.', lines.slice(0, 80).join('\n'));
}

/** Brings the database to the schema of the new build while the old one still runs, which it suits as well. When that fails nothing was changed, and what runs goes on. */
export async function bringDatabaseForward(settings) {
  const result = await run(process.execPath, [inProject('dist/parent.mjs'), 'migrate'], { env: { ...parentEnvironment(settings), ANYON_LOG_LEVEL: 'silent' } });
  if (result.code !== 0) throw new SetupFailure('The upgrade was not begun; the Anyon of before goes on.', 'Read the reason. Until it is gone, `npm run up` in the version of before is all there is to do.', lastLines(result.stderr, 20));
}

/** Asks a running parent to make room for a newer build: web and worker end, runs, database and simulator go on. */
export async function handOver(parent) {
  process.kill(parent.pid, 'SIGUSR2');
  const deadline = performance.now() + HAND_OVER_TIMEOUT_MS;
  while (lives(parent)) {
    if (performance.now() > deadline) throw new SetupFailure('The running Anyon does not make room for the new build.', 'Run `npm run down`, then `npm run up`.');
    await sleep(50);
  }
}

/** The address that signs the owner in, with a new token that is good once and for 24 hours; /sign-in where tokens open nothing any more (`cloud`, set up). */
export async function setupAddress(settings) {
  const result = await runOrFail(process.execPath, [inProject('dist/parent.mjs'), 'token'], {
    env: { ...parentEnvironment(settings), ANYON_LOG_LEVEL: 'silent' },
    timeoutMs: 60_000,
    failure: 'The sign-in address could not be made.',
    fix: 'Run `npm run down`, then `npm run up`.',
  });
  const token = result.stdout.trim();
  return token ? `${settings.publicUrl}/setup?token=${token}` : `${settings.publicUrl}/sign-in`;
}

/** Where the product logs; the same rule as server/deployment/paths.ts. */
export function logFileOf(settings) {
  return settings.logFile || path.join(settings.dataDir, 'logs/server.log');
}

/** What the product's own processes are started with. */
export function parentEnvironment(settings) {
  // Files of a workspace belong to the container's user; without root that can only be the user of this process.
  return { ...process.env, ANYON_DOCKER_USER: String(settings.containerUid), NODE_ENV: 'production' };
}

function launchParent(settings, release) {
  const logFile = logFileOf(settings);
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, ['--max-semi-space-size=2', '--heap-growing-percent=30', '--enable-source-maps', inProject('dist/parent.mjs')], {
    cwd: inProject(),
    env: { ...parentEnvironment(settings), ANYON_RELEASE: release },
    detached: true,
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  child.unref();
  return identify(child.pid);
}

async function waitUntilHealthy(settings, parent, logStart) {
  const deadline = performance.now() + HEALTHY_TIMEOUT_MS;
  for (;;) {
    throwIfStopped();
    if (runningParent(settings) && (await answersHealthy(settings))) return;
    if (!lives(parent)) throw startFailure(settings, failureOf(settings, parent) ?? 'Anyon ended right after its start.', logStart);
    if (performance.now() > deadline) throw startFailure(settings, `Anyon did not answer at ${settings.publicUrl} within ${HEALTHY_TIMEOUT_MS / 1000} s.`, logStart);
    await sleep(100);
  }
}

function startFailure(settings, message, logStart) {
  const logFile = logFileOf(settings);
  const words = lastLines(fs.readFileSync(logFile).subarray(logStart).toString('utf8').slice(-16_384), 6);
  return new SetupFailure(message, `The log is ${logFile}. Repair what is named there and start again.`, words.slice(-2_000));
}

function answersHealthy(settings) {
  const host = ['0.0.0.0', '::'].includes(settings.host) ? '127.0.0.1' : settings.host;
  return new Promise((resolve) => {
    const request = http.get({ host, port: settings.port, path: '/api/health', timeout: 3_000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** The reason in the status file, if it is this parent's and not one of an earlier start. */
function failureOf(settings, parent) {
  const status = readStatus(settings);
  return status?.pid === parent.pid ? status.failure : null;
}
