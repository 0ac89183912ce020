import type { Actor } from '@/contract/actor';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

/** A tab holds one to three streams. */
const MOST_PER_PERSON = 20;
const MOST_AT_ALL = 1_000;

/** Open streams of this process, by person. */
function openStreams(): Map<string, number> {
  return processState('open-streams', () => new Map<string, number>());
}

/** Throws `limit_reached` when no more streams may be opened: to be asked before one begins, while it can still be refused in words. */
export function assertRoomForStream(actor: Actor): void {
  const open = openStreams();
  if ((open.get(actor.userId) ?? 0) >= MOST_PER_PERSON) throw new AnyonError('limit_reached', `You have ${MOST_PER_PERSON} live views open, the most there can be. Close some tabs of Anyon; this page goes on by itself then.`);
  const all = [...open.values()].reduce((sum, count) => sum + count, 0);
  if (all >= MOST_AT_ALL) throw new AnyonError('limit_reached', `${MOST_AT_ALL} live views are open here, the most this server holds. This page goes on by itself when there is room.`);
}

/** Counts one stream of the actor until the function that it returns is called. */
export function occupyStream(actor: Actor): () => void {
  const open = openStreams();
  open.set(actor.userId, (open.get(actor.userId) ?? 0) + 1);
  return () => {
    const left = (open.get(actor.userId) ?? 1) - 1;
    if (left > 0) open.set(actor.userId, left);
    else open.delete(actor.userId);
  };
}
