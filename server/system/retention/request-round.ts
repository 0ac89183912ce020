import { setTimeout as sleep } from 'node:timers/promises';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { askForRound, readRoundState } from '@/server/system/retention/round-state';

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 250;

/** Asks the worker to apply the rules that do not wait, and returns when it has; `unavailable` when it has not within a minute. */
export async function requestRetentionRound(): Promise<void> {
  await askForRound(database());
  const { askedAt } = await readRoundState();
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(LOOK_EVERY_MS)) {
    const { lastRoundAt } = await readRoundState();
    if (askedAt && lastRoundAt && lastRoundAt >= askedAt) return;
  }
  throw new AnyonError('unavailable', 'The worker has not applied the rules within a minute. It may still be at it, or not be running: look at System, Retention in a moment, and at the server log.');
}
