import { setTimeout as sleep } from 'node:timers/promises';
import { lives } from './process-identity.mjs';
import { run } from './run-command.mjs';

/**
 * Ends one process: the signal, then SIGKILL after `graceMs`. Someone else's process (started with sudo) is signalled with
 * sudo. True when it was alive.
 * @param {{pid: number, startTime: string} | null} identity
 */
export async function endProcess(identity, { signal = 'SIGTERM', graceMs = 10_000 } = {}) {
  if (!lives(identity)) return false;
  await send(identity.pid, signal);
  if (await gone(identity, graceMs)) return true;
  await send(identity.pid, 'SIGKILL');
  await gone(identity, 5_000);
  return true;
}

async function gone(identity, timeoutMs) {
  const deadline = performance.now() + timeoutMs;
  while (lives(identity)) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

async function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code === 'ESRCH') return;
    if (error.code !== 'EPERM') throw error;
    await run('sudo', ['-n', 'kill', `-${signal.replace(/^SIG/, '')}`, String(pid)], { timeoutMs: 10_000 });
  }
}
