import { setTimeout as sleep } from 'node:timers/promises';
import { processLives, type ProcessIdentity } from '@/server/deployment/process-identity';

/** Sends the signals one after the other, each with its own patience in ms, until the process is gone. True when it is. */
export async function endProcess(identity: ProcessIdentity, steps: readonly { signal: NodeJS.Signals; patienceMs: number }[]): Promise<boolean> {
  for (const { signal, patienceMs } of steps) {
    if (!sendSignal(identity, signal)) return true;
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      if (!processLives(identity)) return true;
      await sleep(25);
    }
  }
  return !processLives(identity);
}

function sendSignal(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!processLives(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
