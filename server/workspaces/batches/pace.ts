import type { BatchAction } from '@/contract/batch';

/** How fast a batch goes. */
export interface Pace {
  /** Items under way at the same time. The workers do fewer at once; the rest of the queue stays free for what people ask meanwhile. */
  atOnce: number;
  /** Pause between two items; half of it is a matter of chance, so that starts do not march in step. */
  apartMs: number;
}

/** What starts containers goes gently; what stops them frees what others wait for. */
export function paceOf(action: BatchAction): Pace {
  return action === 'start' || action === 'restart' ? { atOnce: 4, apartMs: 150 } : { atOnce: 8, apartMs: 40 };
}
