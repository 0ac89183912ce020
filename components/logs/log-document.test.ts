import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogLine, LogLinesView, LogStream } from '@/contract/run-log';
import { LiveTail } from '@/components/logs/live-tail';
import { LogDocument, type LogFilter, type LogMode, shownCharacters } from '@/components/logs/log-document';
import { blockLines, LogWindows } from '@/components/logs/log-windows';
import { TailLines } from '@/components/logs/tail-lines';

/** A server that holds these lines. */
function windowsOver(lines: Record<LogStream, string[]>, most?: number) {
  const asked: string[] = [];
  const load = ({ stream, from, count, readable }: { stream: LogStream; from: number; count: number; readable: boolean }): Promise<LogLinesView> => {
    asked.push(`${stream} ${from}`);
    const found = lines[stream].slice(from - 1, from - 1 + count).map((text, at): LogLine => ({ line: from + at, offset: 0, bytes: text.length + 1, text: readable && text.startsWith('{"type":"stream_event"') ? null : text, cut: false }));
    return Promise.resolve({ lines: found, total: lines[stream].length, bytes: 0 });
  };
  const windows = new LogWindows({ load, onChange: () => {}, ...(most !== undefined && { most }) });
  return { windows, asked };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function documentOf(out: string, mode: LogMode = 'raw', filter: LogFilter = 'both', err = '') {
  const tail = new TailLines();
  tail.append('out', { text: out, from: 0, to: out.length });
  tail.append('err', { text: err, from: 0, to: err.length });
  const { windows } = windowsOver({ out: [], err: [] });
  const document = new LogDocument(tail, windows, mode, filter);
  return { tail, document, all: () => Array.from({ length: document.total }, (_, position) => document.row(position)).filter((row) => row !== null) };
}

const delta = (text: string) => JSON.stringify({ type: 'stream_event', event: { type: 'content_block_delta', delta: { type: 'text_delta', text } } });
const blockStart = JSON.stringify({ type: 'stream_event', event: { type: 'content_block_start', content_block: { type: 'text', text: '' } } });

describe('the lines of a log as they are shown', () => {
  test('each line is one row with its own number; the filter shows one stream only', () => {
    expect(documentOf('a\nb\n', 'raw', 'err', 'x\ny\n').all()).toMatchObject([{ text: 'x', line: 0, stream: 'err' }, { text: 'y', line: 1, stream: 'err' }]);
    expect(documentOf('a\nb\nopen', 'raw', 'both', 'x\nlast').all().map((row) => `${row.stream} ${row.line} ${row.text}`)).toEqual(['out 0 a', 'out 1 b', 'err 0 x', 'out 2 open', 'err 1 last']);
  });

  test('a line without its end is shown as it grows and keeps its name when it is complete', () => {
    const { tail, document } = documentOf('one\ntw');
    const before = document.row(1);
    tail.append('out', { text: 'o\n', from: 6, to: 8 });
    expect(document.row(1)).toMatchObject({ text: 'two', name: before?.name, stream: 'out' });
    expect(document.total).toBe(2);
  });

  test('a 10 MB line is cut for the screen and says so', () => {
    const { all } = documentOf(`before\n${'x'.repeat(10 * 1024 * 1024)}\nafter\n`);
    expect(all().map((row) => [row.text?.length, row.cut])).toEqual([[6, false], [shownCharacters, true], [5, false]]);
  });

  test('the readable view hides partial messages, signs of life and unfinished JSON; the raw one shows every line as it came', () => {
    const text = `plain\n${delta('x')}\n{"type":"system","subtype":"status","status":"requesting","uuid":"x"}\n${JSON.stringify({ type: 'assistant', message: { content: [] } })}\n{"type":"assist`;
    expect(documentOf(text, 'readable').all().map(({ kind, line }) => `${kind} ${line}`)).toEqual(['text 0', 'event 3']);
    expect(documentOf(text, 'raw').all()).toHaveLength(5);
  });

  test('positions and names lead to each other, whatever came when and was counted late', () => {
    const arrivals = fc.array(fc.record({ stream: fc.constantFrom('out' as const, 'err' as const), lines: fc.integer({ min: 1, max: 5 }) }), { maxLength: 20 });
    fc.assert(
      fc.property(arrivals, fc.nat(500), fc.integer({ min: -20, max: 20 }), fc.constantFrom<LogFilter>('both', 'out', 'err'), (pieces, before, wrong, filter) => {
        const tail = new TailLines();
        tail.append('out', { text: 'aa\n'.repeat(10), from: before * 3, to: before * 3 + 30 });
        if (before > 0) tail.guessBefore('out');
        for (const { stream, lines } of pieces) tail.append(stream, { text: 'bb\n'.repeat(lines), from: 0, to: 0 });
        const document = new LogDocument(tail, windowsOver({ out: [], err: [] }).windows, 'raw', filter);
        const names = Array.from({ length: document.total }, (_, position) => document.row(position)).filter((row) => row !== null);
        names.forEach((name, position) => expect(document.positionOf(name)).toBe(position));
        if (before === 0 || before + wrong < 0) return;
        const held = names.filter((row) => row.text !== null);
        tail.countedBefore('out', before + wrong, true, 0);
        for (const row of held) {
          const now = document.row(document.positionOf(row));
          expect(now).toMatchObject({ stream: row.stream, name: row.name, text: row.text });
        }
      }),
    );
  });

  test('what is not held is loaded in windows, so that any of a million lines can be looked at, and only so much is kept', async () => {
    const all = Array.from({ length: 1_000_000 }, (_, line) => `line ${line}`);
    const { windows, asked } = windowsOver({ out: all, err: [] }, 100_000);
    const tail = new TailLines();
    const text = `${all.slice(999_000).join('\n')}\n`;
    tail.append('out', { text, from: 12_000_000, to: 12_000_000 + text.length });
    tail.guessBefore('out');
    tail.countedBefore('out', 999_000, true, 0);
    const document = new LogDocument(tail, windows, 'raw', 'both');
    expect(document.total).toBe(1_000_000);
    expect(document.row(999_999)).toMatchObject({ text: 'line 999999' });
    for (const position of [0, 500_000, 123_456, 998_999]) {
      expect(document.row(position)).toMatchObject({ text: null, line: position });
      document.want([position]);
      await settle();
      expect(document.row(position)).toMatchObject({ text: `line ${position}` });
    }
    expect(asked).toHaveLength(4);
    for (let position = 0; position < 200_000; position += blockLines) {
      document.want([position]);
      await settle();
    }
    expect(windows.size).toBeLessThanOrEqual(100_000);
    document.want([999_500]);
    expect(document.row(0)?.text).toBeNull();
  });

  test('a drag over the whole log loads where it ends, not all that it passed', async () => {
    const { windows, asked } = windowsOver({ out: Array.from({ length: 100_000 }, (_, line) => `${line}`), err: [] });
    for (let line = 0; line < 100_000; line += 500) windows.want([{ stream: 'out', line }], false);
    await settle();
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(windows.line('out', 99_500, false)?.text).toBe('99500');
  });
});

describe('the message that is being written', () => {
  test('grows with its parts and is gone when it stands there as a whole', () => {
    const { tail } = documentOf(`plain\n${blockStart}\n${delta('Hel')}\n${delta('lo')}\n`);
    const live = new LiveTail();
    expect(live.update(tail)).toEqual({ what: 'text', text: 'Hello' });
    const whole = `${JSON.stringify({ type: 'assistant', message: { content: [] } })}\n`;
    tail.append('out', { text: whole, from: 0, to: whole.length });
    expect(live.update(tail)).toBeNull();
  });
});
