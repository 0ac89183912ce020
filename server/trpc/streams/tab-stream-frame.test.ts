import superjson from 'superjson';
import { describe, expect, it } from 'vitest';
import type { TabStreamEvent } from '@/contract/tab-stream';
import { encodedTexts } from '@/server/encoded-texts';
import { eventFrame, streamFrame } from '@/server/trpc/streams/tab-stream-frame';
import { TabStreamReader } from '@/tests/setup/tab-stream-reader';

const textOf = (frame: Uint8Array): string => Buffer.from(frame).toString();
const read = (frame: Uint8Array): TabStreamEvent[] => new TabStreamReader().take(textOf(frame));
const hostile = 'a "quoted" \\ line\n\ndata: {}\r\u0000\u2028 é€😀 \ud800 __proto__ {"json":1,"meta":2}';
const piece = (text: string) => Object.freeze({ end: false, stream: 'out', from: 3, to: 3 + text.length, text });

describe('a frame of a tab\'s stream', () => {
  it('is what superjson makes of it', () => {
    for (const data of [piece('line\n'), { ...piece('line\n'), at: new Date(0) }, {}, null, { end: true, out: 3, err: 0 }]) {
      const event: TabStreamEvent = { kind: 'data', id: 7, eventId: '3.0', data };
      expect(textOf(eventFrame(event))).toBe(`data: ${superjson.stringify(event)}\n\n`);
    }
  });

  it('carries a piece of a log as it is, with the id to go on from', () => {
    for (const eventId of ['12.0', null, 'with "quotes"']) {
      const event: TabStreamEvent = { kind: 'data', id: 7, eventId, data: piece(hostile) };
      expect(read(eventFrame(event))).toEqual([superjson.parse(superjson.stringify(event))]);
    }
  });

  it('carries a long piece as it is to each who watches, also where something in it looks like the frame', () => {
    const text = `"text":"" ${hostile.repeat(200)}`;
    for (const id of [1, 2, 3]) {
      if (id === 2) encodedTexts().offer(text);
      const event: TabStreamEvent = { kind: 'data', id, eventId: '"text":""', data: piece(text) };
      expect(read(eventFrame(event))).toEqual([superjson.parse(superjson.stringify(event))]);
    }
    const odd: TabStreamEvent = { kind: 'data', id: 3, eventId: null, data: { text, at: new Date(0), inside: { text: '' }, nothing: undefined } };
    expect(read(eventFrame(odd))).toEqual([odd]);
    const order: TabStreamEvent = { kind: 'data', id: 4, eventId: null, data: { first: '"text":""', text, last: '"text":""' } };
    expect(read(eventFrame(order))).toEqual([order]);
  });

  it('is one line however many the text has, so that nothing in a log can end it', () => {
    const long = hostile.repeat(200);
    encodedTexts().offer(long);
    for (const text of [hostile, long]) expect(textOf(eventFrame({ kind: 'data', id: 1, eventId: '1.0', data: piece(text) })).split(/[\r\n]/).filter(Boolean)).toHaveLength(1);
  });

  it('keeps what JSON alone cannot tell', () => {
    const data = Object.freeze({ at: new Date(0), nothing: undefined });
    expect(read(eventFrame({ kind: 'data', id: 1, eventId: null, data }))).toEqual([{ kind: 'data', id: 1, eventId: null, data }]);
    for (const value of [Number.NaN, -0, Infinity, 1n, new Map([['a', 1]]), ['b', undefined], null, undefined, 'text', 7, { deep: { at: new Date(0) } }]) {
      for (const data of [value, { value }]) expect(read(eventFrame({ kind: 'data', id: 1, eventId: null, data }))).toEqual([{ kind: 'data', id: 1, eventId: null, data }]);
    }
    expect(read(eventFrame({ kind: 'done', id: 1 }))).toEqual([{ kind: 'done', id: 1 }]);
    expect(textOf(streamFrame('ping'))).toBe('event: ping\ndata: \n\n');
  });
});
