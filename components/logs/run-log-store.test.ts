import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogStream, RunLogEvent } from '@/contract/run-log';
import { RunLogStore } from '@/components/logs/run-log-store';

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
        expect([...store.lines.texts.out, store.lines.open.out].join('\n')).toBe(text);
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
    expect(store.lines.texts).toEqual({ out: ['half'], err: ['oops'] });
    expect(store.lines.stretches).toEqual([{ stream: 'err', lines: 1 }, { stream: 'out', lines: 1 }]);
  });

  test('a log that is opened in its middle knows the number of every line once those before were counted, and what it guessed before stays named', () => {
    fc.assert(
      fc.property(logText, fc.nat(1000), fc.nat(1000), (text, cut, later) => {
        const [begin, more] = [cut % (text.length + 1), later % (text.length + 1)].sort((a, b) => a - b) as [number, number];
        const from = encoder.encode(text.slice(0, begin)).length;
        const to = encoder.encode(text.slice(0, more)).length;
        const { store } = storeOver({ out: text, err: '' });
        store.begin('out', { text: text.slice(begin, more), from, to });
        const linesBefore = text.slice(0, begin).split('\n').length - 1;
        const whole = begin === 0 || text[begin - 1] === '\n';
        const named = store.lines.before.out - store.lines.shift.out;
        if (from > 0) store.countedBefore('out', linesBefore, whole);
        expect(store.lines.before.out - store.lines.shift.out).toBe(named);
        if (more < text.length) store.receive({ end: false, stream: 'out', from: to, to: encoder.encode(text).length, text: text.slice(more) });
        const all = text.split('\n');
        expect(store.lines.count('out')).toBe(all.length - 1);
        for (let line = store.lines.before.out + (whole ? 0 : 1); line < all.length; line += 1) expect(store.lines.text('out', line)).toBe(all[line]);
        if (!whole && store.lines.texts.out.length > 0) expect(store.lines.text('out', store.lines.before.out)).toBeUndefined();
        expect(store.lines.stretches.reduce((sum, { lines }) => sum + lines, 0)).toBe(all.length - 1);
      }),
    );
  });

  test('lets go of the oldest text beyond its limit and still knows the number of every line it holds', () => {
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
        const { heldFrom, before, broken } = store.lines;
        const all = whole.split('\n');
        expect(store.received('out').join('')).toBe(decoder.decode(encoder.encode(whole).subarray(heldFrom.out)));
        expect(store.lines.count('out')).toBe(all.length - 1);
        for (let line = before.out + (broken.out ? 1 : 0); line < all.length; line += 1) expect(store.lines.text('out', line)).toBe(all[line]);
        expect(store.lines.stretches.reduce((sum, { lines }) => sum + lines, 0)).toBe(all.length - 1);
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
    expect(store.lines.count('out')).toBeGreaterThan(500_000);
    expect(store.lines.characters).toBeLessThan(17 * 1024 * 1024);
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
