import type { LiveRun } from '@/server/runs/live-run';

/** Notices when nothing comes of a run any more, says so on the run, and acts by degrees. Returns when the attempt is over. */
export async function watchOver(_live: LiveRun): Promise<void> {}
