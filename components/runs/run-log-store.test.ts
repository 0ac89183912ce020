import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogStream, RunLogEvent } from '@/contract/run-log';
import { RunLogStore } from '@/components/runs/run-log-store';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A store over a whole log: ranges are served from it at once, refreshes happen when `flush` is called. */
function storeOver(log: Record<LogStream, string>, limit?: number) {
  const flushes: (() => void)[] = [];
  const asked: string[] = [];
  const store = new RunLogStore({
    readRange: (stream, from, to) => {
      asked.push(`${stream} ${from}-${to}`);
      return Promise.resolve({ text: decoder.decode(encoder.encode(log[stream]).subarray(from, to)), from, to });
    },
    schedule: (flush) => flushes.push(flush),
    ...(limit && { limit }),
  });
  return { store, asked, flush: () => flushes.splice(0).forEach((flush) => flush()) };
}

/** Events of one stream, cut at the given characters. */
function events(stream: LogStream, text: string, cuts: number[]): RunLogEvent[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => {
    const part = text.slice(at[index], end);
    const from = encoder.encode(text.slice(0, at[index])).length;
    return { end: false, stream, from, to: from + encoder.encode(part).length, text: part };
  });
}

const logText = fc.string({ unit: fc.constantFrom('a', 'ü', '€', '\n', '\r', '\0', '{', ' '), maxLength: 300 });
const cutting = fc.array(fc.nat(1000), { maxLength: 12 });
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the live log store', () => {
  test('holds exactly the lines and the text that came, at any chunking', () => {
    fc.assert(
      fc.property(logText, cutting, (text, cuts) => {
        const { store } = storeOver({ out: text, err: '' });
        for (const event of events('out', text, cuts)) store.receive(event);
        expect(store.received('out').join('')).toBe(text);
        expect([...store.lines.texts, store.lines.open.out].join('\n')).toBe(text);
        expect(store.position.out).toBe(encoder.encode(text).length);
      }),
    );
  });

  test('ignores every repeat, wherever the stream begins again', () => {
    fc.assert(
      fc.property(logText, cutting, fc.array(fc.nat(20), { maxLength: 10 }), (text, cuts, again) => {
        const { store } = storeOver({ out: text, err: '' });
        const all = events('out', text, cuts);
        all.forEach((event, index) => {
          store.receive(event);
          for (const back of again) if (back <= index) store.receive(all[back] as RunLogEvent);
        });
        expect(store.received('out').join('')).toBe(text);
      }),
    );
  });

  test('fills whatever is missing by range before it takes what lies behind', async () => {
    await fc.assert(
      fc.asyncProperty(logText, cutting, fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }), async (text, cuts, dropped) => {
        const { store } = storeOver({ out: text, err: '' });
        const all = events('out', text, cuts);
        all.forEach((event, index) => {
          if (index === all.length - 1 || !dropped[index]) store.receive(event);
        });
        await settle();
        expect(store.received('out').join('')).toBe(text);
      }),
    );
  });

  test('reads an event that overlaps what is there by range instead of taking it twice', async () => {
    const { store, asked } = storeOver({ out: 'one\ntwo\nthree\n', err: '' });
    store.receive({ end: false, stream: 'out', from: 0, to: 8, text: 'one\ntwo\n' });
    store.receive({ end: false, stream: 'out', from: 4, to: 14, text: 'two\nthree\n' });
    await settle();
    expect(store.received('out').join('')).toBe('one\ntwo\nthree\n');
    expect(asked).toEqual(['out 8-14']);
  });

  test('keeps the two streams apart and their lines in the order they came', () => {
    const { store } = storeOver({ out: '', err: '' });
    store.receive({ end: false, stream: 'out', from: 0, to: 3, text: 'hal' });
    store.receive({ end: false, stream: 'err', from: 0, to: 5, text: 'oops\n' });
    store.receive({ end: false, stream: 'out', from: 3, to: 5, text: 'f\n' });
    expect(store.lines.texts).toEqual(['oops', 'half']);
    expect(store.lines.streams).toEqual(['err', 'out']);
  });

  test('earlier pieces complete the log from the front, even in the middle of a line', () => {
    fc.assert(
      fc.property(logText, fc.nat(1000), fc.nat(1000), (text, one, two) => {
        const cuts = [one % (text.length + 1), two % (text.length + 1)].sort((a, b) => a - b);
        const parts = [text.slice(0, cuts[0]), text.slice(cuts[0], cuts[1]), text.slice(cuts[1])];
        const bytes = [0, ...parts.map((_, index) => encoder.encode(parts.slice(0, index + 1).join('')).length)];
        const piece = (index: number) => ({ text: parts[index] ?? '', from: bytes[index] ?? 0, to: bytes[index + 1] ?? 0 });
        const { store } = storeOver({ out: text, err: '' });
        store.begin('out', piece(2));
        store.addEarlier('out', piece(1));
        store.addEarlier('out', piece(1));
        store.addEarlier('out', piece(0));
        expect(store.received('out').join('')).toBe(text);
        expect([...store.lines.texts, store.lines.open.out].join('\n')).toBe(text);
        expect(store.lines.loadedFrom.out).toBe(0);
        const { first, numbers } = store.lines;
        expect(numbers).toEqual(numbers.map((_, index) => first.out + index));
      }),
    );
  });

  test('lets go of the oldest text beyond its limit and can load it again', () => {
    fc.assert(
      fc.property(fc.array(logText, { minLength: 3, maxLength: 12 }), (texts) => {
        const whole = texts.join('');
        const { store } = storeOver({ out: whole, err: '' }, 200);
        let from = 0;
        for (const text of texts) {
          const to = from + encoder.encode(text).length;
          if (to > from) store.receive({ end: false, stream: 'out', from, to, text });
          from = to;
        }
        const { loadedFrom, texts: lines, open } = store.lines;
        const held = decoder.decode(encoder.encode(whole).subarray(loadedFrom.out));
        expect(store.received('out').join('')).toBe(held);
        expect([...lines, open.out].join('\n')).toBe(held);
        store.addEarlier('out', { text: decoder.decode(encoder.encode(whole).subarray(0, loadedFrom.out)), from: 0, to: loadedFrom.out });
        expect([...store.lines.texts, store.lines.open.out].join('\n')).toBe(whole);
      }),
    );
  });

  test('tells its listeners once per refresh, however much came', () => {
    const { store, flush } = storeOver({ out: '', err: '' });
    let told = 0;
    store.subscribe(() => (told += 1));
    for (let index = 0; index < 1000; index += 1) store.receive({ end: false, stream: 'out', from: index * 2, to: index * 2 + 2, text: 'x\n' });
    expect(told).toBe(0);
    flush();
    expect(told).toBe(1);
  });

  test('takes 50 MB at more than 10 MB/s', () => {
    const { store } = storeOver({ out: '', err: '' });
    const text = 'a line of output as a build writes it, about a hundred characters long, again and again and again\n'.repeat(655);
    const started = performance.now();
    for (let from = 0; from < 50 * 1024 * 1024; from += text.length) store.receive({ end: false, stream: 'out', from, to: from + text.length, text });
    expect(store.lines.texts.length).toBeGreaterThan(500_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('remembers since when it is in a state, not when it was told again', () => {
    let now = 1000;
    const store = new RunLogStore({ readRange: () => Promise.reject(new Error('not asked')), schedule: (flush) => flush(), now: () => now });
    store.setConnection('reconnecting', 'first');
    now = 5000;
    store.setConnection('reconnecting', 'second');
    expect(store.getSnapshot().connection).toEqual({ state: 'reconnecting', since: 1000, message: 'second' });
  });
});
