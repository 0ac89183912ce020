import type { Actor } from '@/contract/actor';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

/** Each takes a thread and most of a core while it looks. A page has one; one more may be ending while the next begins. */
const MOST_PER_PERSON = 3;
const MOST_AT_ALL = 8;

/** Running searches of this process, by person. */
function running(): Map<string, number> {
  return processState('log-searches', () => new Map<string, number>());
}

/** Throws `limit_reached` when no more searches may run: to be asked before one begins, while it can still be refused in words. */
export function assertRoomForSearch(actor: Actor): void {
  const searches = running();
  if ((searches.get(actor.userId) ?? 0) >= MOST_PER_PERSON) throw new AnyonError('limit_reached', `You have ${MOST_PER_PERSON} searches running, the most there can be. End one, or wait until it is done.`);
  const all = [...searches.values()].reduce((sum, count) => sum + count, 0);
  if (all >= MOST_AT_ALL) throw new AnyonError('limit_reached', 'Too many searches are running here at the moment. Try again soon.');
}

/** Counts one search of the actor until the function that it returns is called. */
export function occupySearch(actor: Actor): () => void {
  const searches = running();
  searches.set(actor.userId, (searches.get(actor.userId) ?? 0) + 1);
  return () => {
    const left = (searches.get(actor.userId) ?? 1) - 1;
    if (left > 0) searches.set(actor.userId, left);
    else searches.delete(actor.userId);
  };
}
