import { setTimeout as delay } from 'node:timers/promises';
import { mayPass } from '@/cli/cli-error';

export interface Patience {
  signal?: AbortSignal | undefined;
  /** How long it may go on; absent: ten minutes. */
  patienceMs?: number;
  pauseMs?: number;
}

const PATIENCE_MS = 600_000;
const PAUSE_MS = 2_000;

/** Asks until there is an answer or a refusal: who waits for something does not give up because Anyon is restarted meanwhile. Only for what may be asked twice. */
export async function askPatiently<T>(ask: () => Promise<T>, { signal, patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS }: Patience = {}): Promise<T> {
  for (const began = Date.now(); ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!mayPass(error) || signal?.aborted || Date.now() - began >= patienceMs) throw error;
      await delay(pauseMs, undefined, signal && { signal });
    }
  }
}
