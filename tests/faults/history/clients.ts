import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '@/contract/actor';
import { isAnyonError } from '@/server/errors';
import { followChanges } from '@/server/runs/change-feed';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import type { Answer, HistoryEvent } from '@/tests/faults/history/history';
import type { Journal } from '@/tests/faults/history/journal';
import { isTaskAction } from '@/tests/faults/history/model';
import type { RandomOperation, RandomOperations } from '@/tests/faults/history/random-operations';

/** An operation that has no answer for so long has none at all. */
const PATIENCE_MS = 60_000;

let asked = 0;

/** One person at work: asks one thing after the other until there are enough, and writes down what was asked and answered. */
export async function workAtRandom(given: { actor: Actor; operations: RandomOperations; journal: Journal; seed: number; isEnough: () => boolean; note: (event: HistoryEvent) => void }): Promise<void> {
  const { actor, operations, journal, seed, isEnough, note } = given;
  const chance = chanceFrom(seed + 1);
  while (!isEnough()) {
    await askOne(actor.login, operations.next(), journal, note);
    await sleep(chance.oneOf([50, 300, 700, 1_200]));
  }
}

/** Asks one thing and writes down question and answer. */
export async function askOne(client: string, { action, targets, perform }: RandomOperation, journal: Journal, note: (event: HistoryEvent) => void): Promise<void> {
  const op = ++asked;
  const [target = ''] = targets;
  const isRead = action.startsWith('read-');
  const reached = () => (isTaskAction(action) && action !== 'create' ? journal.ofWorkspace(target) : journal.all());
  note({ type: 'invoke', op, client, action, targets, before: await reached(), rowBefore: await journal.ofRow(target) });
  const answer = await answerOf(perform, isRead);
  note({ type: 'answer', op, ...answer, after: await reached() });
}

/** What is no answer of the product's counts as unknown: the connection to the database was cut under it. */
async function answerOf(perform: () => Promise<string | null>, isRead: boolean): Promise<Omit<Answer, 'type' | 'op' | 'after'>> {
  const ending = new AbortController();
  try {
    const told = await Promise.race([perform(), sleep(PATIENCE_MS, undefined, { signal: ending.signal }).then(() => Promise.reject(new Error(`No answer within ${PATIENCE_MS / 1000} s.`)))]);
    return { outcome: 'ok', kind: null, told, message: null };
  } catch (error) {
    if (!isAnyonError(error)) return { outcome: 'unknown', kind: null, told: null, message: String(error) };
    if (isRead && error.kind === 'not_found') return { outcome: 'ok', kind: null, told: 'gone', message: error.message };
    return { outcome: 'refused', kind: error.kind, told: null, message: error.message };
  } finally {
    ending.abort();
  }
}

/** Follows the changes as a browser tab does, until the signal; writes down what they name and how far the journal was then. */
export async function followNews(actor: Actor, journal: Journal, note: (event: HistoryEvent) => void, signal: AbortSignal): Promise<void> {
  for await (const { workspaceIds, runIds } of followChanges(actor, signal)) {
    const ids = [...workspaceIds, ...runIds];
    if (ids.length > 0) note({ type: 'news', client: actor.login, ids, after: await journal.all() });
  }
}
