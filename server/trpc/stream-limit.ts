import type { Actor } from '@/contract/actor';
import { AnyonError } from '@/server/errors';
import { meters } from '@/server/meters';
import { processState } from '@/server/process-state';

/** A tab holds one stream, and in it three to five views: what one subscription follows. A view counts whichever way it is followed. */
const limits = {
  tab: { perPerson: 20, inAll: 1_000 },
  view: { perPerson: 120, inAll: 5_000 },
};
export type Counted = keyof typeof limits;

/** What is open in this process, by kind and person. */
function opened(kind: Counted): Map<string, number> {
  return processState(`open-${kind}s`, () => new Map<string, number>());
}

/** Throws `limit_reached` when no more may be followed: to be asked before a subscription begins, while it can still be refused in words. */
export function assertRoomForView(actor: Actor): void {
  if (isFullFor(actor, 'view')) throw new AnyonError('limit_reached', `You have ${limits.view.perPerson} live views open, the most there can be. Close some tabs of Anyon; this page goes on by itself then.`);
  if (isFull('view')) throw new AnyonError('limit_reached', `${limits.view.inAll} live views are open here, the most this server holds. This page goes on by itself when there is room.`);
}

/** The same for the stream of one more tab. */
export function assertRoomForTab(actor: Actor): void {
  if (isFullFor(actor, 'tab')) throw new AnyonError('limit_reached', `You have Anyon open in ${limits.tab.perPerson} tabs, the most there can be. Close some of them; this page goes on by itself then.`);
  if (isFull('tab')) throw new AnyonError('limit_reached', `Anyon is open in ${limits.tab.inAll} tabs, the most this server holds. This page goes on by itself when there is room.`);
}

/** Counts one more of the actor until the function that it returns is called. */
export function occupy(kind: Counted, actor: Actor): () => void {
  const open = opened(kind);
  open.set(actor.userId, (open.get(actor.userId) ?? 0) + 1);
  meters().openStreams.inc({ kind });
  return () => {
    meters().openStreams.dec({ kind });
    const left = (open.get(actor.userId) ?? 1) - 1;
    if (left > 0) open.set(actor.userId, left);
    else open.delete(actor.userId);
  };
}

function isFullFor(actor: Actor, kind: Counted): boolean {
  return (opened(kind).get(actor.userId) ?? 0) >= limits[kind].perPerson;
}

function isFull(kind: Counted): boolean {
  return [...opened(kind).values()].reduce((sum, count) => sum + count, 0) >= limits[kind].inAll;
}
