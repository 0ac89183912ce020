import { describe, expect, it } from 'vitest';
import { runEventLineSchema } from '@/contract/run-event';
import { joinTextEvents, oversizedLine, parseStreamJsonLine } from '@/server/runs/stream-json';
import { maskedBefore } from '@/server/secrets/masked-text';

const parse = (text: string | Buffer) => parseStreamJsonLine(maskedBefore(Buffer.from(text as string)), 100, Buffer.byteLength(text) + 1);

describe('a line of stream-json', () => {
  it('keeps the line with its kind, subtype and time, whatever the order of the keys', () => {
    const text = '{"subtype":"success","is_error":false,"timestamp":"2026-01-02T03:04:05.678Z","type":"result"}';
    const event = parse(text);
    expect(event).toEqual({ offset: 100, bytes: text.length + 1, kind: 'result', subtype: 'success', at: '2026-01-02T03:04:05.678Z', payload: text, truncated: false });
    expect(runEventLineSchema.parse(event)).toEqual(event);
  });

  it('keeps kinds it has never heard of', () => {
    expect(parse('{"type":"rate_limit_event","rate_limit_info":{}}')).toMatchObject({ kind: 'rate_limit_event', subtype: null, at: null });
    expect(parse(`{"type":"${'k'.repeat(200)}"}`)?.kind).toHaveLength(64);
  });

  it('skips partial messages and empty lines', () => {
    expect(parse('{"type":"stream_event","event":{}}')).toBeNull();
    expect(parse('{"event":{},"type":"stream_event"}')).toBeNull();
    expect(parse('')).toBeNull();
    expect(parse('\r')).toBeNull();
  });

  it.each<[string, string | Buffer]>([
    ['plain text', 'npm warn deprecated'],
    ['half a line of JSON', '{"type":"assi'],
    ['JSON that is no event', '{"name":"x"}'],
    ['a number', '42'],
    ['null in braces', '{}'],
    ['a type that is no text', '{"type":7}'],
    ['invalid UTF-8', Buffer.from([0x41, 0xff, 0xfe])],
  ])('takes %s for text', (_name, line) => {
    const event = parse(line);
    expect(event).toMatchObject({ kind: 'text', truncated: false });
    expect(runEventLineSchema.safeParse(event).success).toBe(true);
  });

  it('never stores NUL, and cuts very long text', () => {
    expect(parse('a\0b')?.payload).toBe('a\u{fffd}b');
    const long = parse('x'.repeat(100_000));
    expect([long?.payload?.length, long?.truncated, long?.bytes]).toEqual([65_536, true, 100_001]);
  });

  it('survives JSON nested as deep as a line can be', () => {
    expect(parse(`{"type":"user","x":${'['.repeat(400_000)}`)).toMatchObject({ kind: 'text' });
  });
});

describe('joining text', () => {
  it('joins neighbours, counts their bytes, and leaves other events alone', () => {
    const text = (offset: number, payload: string) => parseStreamJsonLine(maskedBefore(Buffer.from(payload)), offset, payload.length + 1)!;
    const joined = joinTextEvents([text(0, 'one'), text(4, 'two'), text(8, '{"type":"user"}'), text(24, 'three'), oversizedLine(30, 2_000_000, maskedBefore(Buffer.from('{"type":"user"'))), text(2_000_030, 'x')]);
    expect(joined.map(({ kind, offset, bytes, payload }) => [kind, offset, bytes, payload])).toEqual([
      ['text', 0, 8, 'one\ntwo'],
      ['user', 8, 16, '{"type":"user"}'],
      ['text', 24, 6, 'three'],
      ['oversized', 30, 2_000_000, null],
      ['text', 2_000_030, 2, 'x'],
    ]);
  });

  it('stops growing an event at 64 Ki characters but goes on counting', () => {
    const line = 'y'.repeat(999);
    const events = Array.from({ length: 100 }, (_, i) => parseStreamJsonLine(maskedBefore(Buffer.from(line)), i * 1000, 1000)!);
    const [event, ...others] = joinTextEvents(events);
    expect(others).toEqual([]);
    expect([event?.bytes, event?.truncated]).toEqual([100_000, true]);
    expect(event?.payload?.length).toBeLessThanOrEqual(65_536);
  });
});
