import type { RetentionRule } from '@/contract/retention';

const DAY_MS = 24 * 60 * 60 * 1000;

/** One thing that is there, or a day of things. */
export interface PresentThing {
  id: string;
  name: string;
  link: string | null;
  endedAt: Date;
  items: number;
  bytes: number;
  /** Why no rule touches it; null where one may. */
  spared: string | null;
  /** Why it cannot go at this moment although a rule says so; null where it can. */
  waitsFor: string | null;
}

export interface Removal {
  thing: PresentThing;
  by: 'age' | 'size';
}

/**
 * What goes by a rule at a moment, newest first: what ended longer ago than the days it is kept and, while all that is left is more than the bytes
 * that may be kept, the oldest of it. What is spared counts for the bytes and never goes. A pure function of what is there.
 */
export function chooseRemovals(things: readonly PresentThing[], { keepDays, maxBytes }: RetentionRule, at: Date): Removal[] {
  const oldestFirst = [...things].sort((one, other) => one.endedAt.getTime() - other.endedAt.getTime() || (one.id < other.id ? -1 : 1));
  const limit = keepDays === null ? -Infinity : at.getTime() - keepDays * DAY_MS;
  let left = things.reduce((sum, { bytes }) => sum + bytes, 0);
  const going = new Map<PresentThing, Removal['by']>();
  const go = (thing: PresentThing, by: Removal['by']) => {
    going.set(thing, by);
    left -= thing.bytes;
  };
  for (const thing of oldestFirst) if (thing.spared === null && thing.endedAt.getTime() < limit) go(thing, 'age');
  for (const thing of oldestFirst) {
    if (maxBytes === null || left <= maxBytes) break;
    // Without bytes it makes no room.
    if (thing.spared === null && thing.bytes > 0 && !going.has(thing)) go(thing, 'size');
  }
  return oldestFirst.flatMap((thing) => {
    const by = going.get(thing);
    return by ? [{ thing, by }] : [];
  }).reverse();
}
