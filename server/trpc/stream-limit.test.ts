import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { assertRoomForStream, occupyStream } from '@/server/trpc/stream-limit';

function person(): Actor {
  return { userId: randomUUID(), sessionId: randomUUID(), login: 'ada', role: 'member' };
}

describe('WEB-17 streams', () => {
  it('are at most 20 for a person, and one that ends makes room for the next', () => {
    const ada = person();
    const ends = Array.from({ length: 20 }, () => {
      assertRoomForStream(ada);
      return occupyStream(ada);
    });
    expect(() => assertRoomForStream(ada)).toThrow(/^You have 20 live views open/);
    expect(() => assertRoomForStream(person())).not.toThrow();
    ends.pop()?.();
    expect(() => assertRoomForStream(ada)).not.toThrow();
    for (const end of ends) end();
  });

  it('are at most 1,000 in all', () => {
    const ends = Array.from({ length: 1_000 }, () => occupyStream(person()));
    expect(() => assertRoomForStream(person())).toThrow(/^1000 live views are open/);
    for (const end of ends) end();
    expect(() => assertRoomForStream(person())).not.toThrow();
  });
});
