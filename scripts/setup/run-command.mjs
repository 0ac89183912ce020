import { spawn } from 'node:child_process';
import { SetupFailure } from './failure.mjs';

/** What runs right now, so that Ctrl-C takes it along. */
const running = new Set();
let stopped = false;

/** Lets Ctrl-C take a child along that was not started by `run`. */
export function stopWithSetup(child) {
  running.add(child);
  child.once('close', () => running.delete(child));
  child.once('error', () => running.delete(child));
}

/** Ends every command that this process started and that still runs, and lets no further one begin. */
export function stopRunningCommands() {
  stopped = true;
  for (const child of running) child.kill('SIGTERM');
}

/** For waiting loops: throws once `stopRunningCommands` was called. */
export function throwIfStopped() {
  if (stopped) throw interruption();
}

/**
 * Runs a command to its end, never through a shell. Resolves with its exit code and output (last 64 KiB of each stream, or
 * `keep` characters); rejects only when it cannot be started. `quietMs`: killed when it prints nothing for so long.
 * @param {string} command @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number, quietMs?: number, keep?: number, onLine?: (line: string) => void, uid?: number, gid?: number}} [options]
 * @returns {Promise<{code: number, stdout: string, stderr: string, timedOut: boolean}>}
 */
export function run(command, args, options = {}) {
  const { cwd, env = process.env, uid, gid, keep = 65_536, onLine } = options;
  return new Promise((resolve, reject) => {
    if (stopped) return reject(interruption());
    const child = spawn(command, args, { cwd, env, uid, gid, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const output = { stdout: '', stderr: '' };
    const limit = watchTime(child, options);
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        limit.heard();
        output[stream] = (output[stream] + text).slice(-keep);
        if (onLine) for (const line of text.split(/[\r\n]+/)) if (line.trim()) onLine(line);
      });
    }
    const end = () => {
      limit.clear();
      running.delete(child);
    };
    child.on('error', (error) => {
      end();
      reject(startFailure(command, error));
    });
    child.on('close', (code) => {
      end();
      if (stopped) return reject(interruption());
      resolve({ code: code ?? 128, ...output, timedOut: limit.expired() });
    });
  });
}

/** Like `run`, but anything except exit code 0 is a failure with the last lines of the command's own words. */
export async function runOrFail(command, args, options = {}) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const words = lastLines(`${result.stdout}\n${result.stderr}`, 12);
    throw new SetupFailure(options.failure ?? `\`${[command, ...args].join(' ')}\` failed.`, options.fix ?? '', words);
  }
  return result;
}

/** The last `count` lines that say something. */
export function lastLines(text, count) {
  return text.split('\n').filter((line) => line.trim()).slice(-count).join('\n');
}

function watchTime(child, { timeoutMs, quietMs }) {
  let expired = false;
  const expire = () => {
    expired = true;
    child.kill('SIGKILL');
  };
  const total = timeoutMs ? setTimeout(expire, timeoutMs) : null;
  let quiet = quietMs ? setTimeout(expire, quietMs) : null;
  return {
    expired: () => expired,
    heard() {
      if (!quiet) return;
      clearTimeout(quiet);
      quiet = setTimeout(expire, quietMs);
    },
    clear() {
      if (total) clearTimeout(total);
      if (quiet) clearTimeout(quiet);
    },
  };
}

function interruption() {
  return new SetupFailure('Interrupted.');
}

function startFailure(command, error) {
  if (error.code === 'ENOENT') return new SetupFailure(`The program \`${command}\` is not installed.`);
  return new SetupFailure(`The program \`${command}\` cannot be started: ${error.message}.`);
}
