import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { assertRoomForTab, assertRoomForView, occupy } from '@/server/trpc/stream-limit';

function person(): Actor {
  return { userId: randomUUID(), sessionId: randomUUID(), login: 'ada', role: 'member' };
}

const kinds = [
  { kind: 'tab' as const, assertRoom: assertRoomForTab, perPerson: 20, inAll: 1_000, own: /^You have Anyon open in 20 tabs/, all: /^Anyon is open in 1000 tabs/ },
  { kind: 'view' as const, assertRoom: assertRoomForView, perPerson: 120, inAll: 5_000, own: /^You have 120 live views open/, all: /^5000 live views are open/ },
];

describe.each(kinds)('WEB-17 of kind $kind', ({ kind, assertRoom, perPerson, inAll, own, all }) => {
  it('a person has so many, and one that ends makes room for the next', () => {
    const ada = person();
    const ends = Array.from({ length: perPerson }, () => {
      assertRoom(ada);
      return occupy(kind, ada);
    });
    expect(() => assertRoom(ada)).toThrow(own);
    expect(() => assertRoom(person())).not.toThrow();
    ends.pop()?.();
    expect(() => assertRoom(ada)).not.toThrow();
    for (const end of ends) end();
  });

  it('there are so many in all', () => {
    const ends = Array.from({ length: inAll }, () => occupy(kind, person()));
    expect(() => assertRoom(person())).toThrow(all);
    for (const end of ends) end();
    expect(() => assertRoom(person())).not.toThrow();
  });
});
