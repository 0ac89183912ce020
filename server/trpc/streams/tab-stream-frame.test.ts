import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import type { TabStreamEvent } from '@/contract/tab-stream';
import { eventFrame, streamFrame } from '@/server/trpc/streams/tab-stream-frame';
import { TabStreamReader } from '@/tests/setup/tab-stream-reader';

const textOf = (pieces: Uint8Array[]): string => Buffer.concat(pieces).toString();
const read = (pieces: Uint8Array[]): TabStreamEvent[] => new TabStreamReader().take(textOf(pieces));
const hostile = 'a "quoted" \\ line\n\ndata: {}\r\u0000\u2028 é€😀 \ud800 __proto__ {"json":1,"meta":2}';
const piece = (text: string) => Object.freeze({ end: false, stream: 'out', from: 3, to: 3 + text.length, text });

describe('a frame of a tab\'s stream', () => {
  it('carries frozen data as any other: what is read of both is the same', () => {
    for (const eventId of ['12.0', null, 'with "quotes"']) {
      const event: TabStreamEvent = { kind: 'data', id: 7, eventId, data: piece(hostile) };
      const plain: TabStreamEvent = { ...event, data: { ...piece(hostile) } };
      expect(textOf(eventFrame(event))).toBe(textOf(eventFrame(plain)));
      expect(read(eventFrame(event))).toEqual(read(eventFrame(plain)));
      expect(read(eventFrame(event))).toEqual([superjson.parse(superjson.stringify(plain))]);
    }
  });

  it('is one line however many the text has, so that nothing in a log can end it', () => {
    expect(textOf(eventFrame({ kind: 'data', id: 1, eventId: '1.0', data: piece(hostile) })).split(/[\r\n]/).filter(Boolean)).toHaveLength(1);
  });

  it('holds frozen data once for all who get it', () => {
    const data = piece('a line\n');
    const [first, second] = [1, 2].map((id) => eventFrame({ kind: 'data', id, eventId: '10.0', data }));
    expect(first?.[1]).toBe(second?.[1]);
    expect(read(first ?? []).concat(read(second ?? [])).map(({ kind, ...event }) => ('id' in event ? [kind, event.id] : kind))).toEqual([['data', 1], ['data', 2]]);
  });

  it('keeps what JSON alone cannot tell, frozen or not', () => {
    const data = Object.freeze({ at: new Date(0), nothing: undefined });
    expect(read(eventFrame({ kind: 'data', id: 1, eventId: null, data }))).toEqual([{ kind: 'data', id: 1, eventId: null, data }]);
    expect(read(eventFrame({ kind: 'done', id: 1 }))).toEqual([{ kind: 'done', id: 1 }]);
    expect(textOf(streamFrame('ping'))).toBe('event: ping\ndata: \n\n');
  });
});
