import { describe, expect, test } from 'vitest';
import { RunLogLines } from '@/components/runs/run-log-lines';
import { rowCharacters, RunLogRows, type LogFilter, type LogMode } from '@/components/runs/run-log-rows';

function rowsOf(text: string, mode: LogMode = 'raw', filter: LogFilter = 'both', err = '') {
  const lines = new RunLogLines();
  lines.append('out', { text, from: 0, to: text.length });
  lines.append('err', { text: err, from: 0, to: err.length });
  const rows = new RunLogRows(lines, mode, filter);
  rows.update();
  return { lines, rows, all: () => Array.from({ length: rows.count }, (_, index) => rows.row(index)) };
}

const delta = (text: string) => JSON.stringify({ type: 'stream_event', event: { type: 'content_block_delta', delta: { type: 'text_delta', text } } });
const blockStart = JSON.stringify({ type: 'stream_event', event: { type: 'content_block_start', content_block: { type: 'text', text: '' } } });

describe('log rows', () => {
  test('a 10 MB line becomes rows of 4,096 characters that together are the line', () => {
    const line = `${'0123456789'.repeat(1024 * 1024)}!`;
    const { rows, all } = rowsOf(`before\n${line}\nafter\n`);
    expect(rows.count).toBe(2 + Math.ceil(line.length / rowCharacters));
    const texts = all().map((row) => row.text);
    expect(texts.slice(1, -1).join('')).toBe(line);
    expect(Math.max(...texts.map((text) => text.length))).toBe(rowCharacters);
  });

  test('a line without its end is shown as it grows and keeps its key when it is complete', () => {
    const { lines, rows } = rowsOf('one\ntw');
    const key = rows.key(1);
    lines.append('out', { text: 'o\n', from: 6, to: 8 });
    expect(rows.update()).toBe(2);
    expect(rows.row(1)).toMatchObject({ kind: 'text', text: 'two', line: 2, key });
  });

  test('the filter shows one stream only and the lines keep their own numbers', () => {
    expect(rowsOf('a\nb\n', 'raw', 'err', 'x\ny\n').all()).toMatchObject([{ text: 'x', line: 1, stream: 'err' }, { text: 'y', line: 2, stream: 'err' }]);
    expect(rowsOf('a\nb\n', 'raw', 'both', 'x\n').rows.count).toBe(3);
  });

  test('rows keep their keys when earlier lines are put in front', () => {
    const lines = new RunLogLines();
    lines.append('out', { text: 'three\nfour\n', from: 8, to: 19 });
    const rows = new RunLogRows(lines, 'raw', 'both');
    rows.update();
    const key = rows.key(0);
    lines.prepend('out', { text: 'one\ntwo\n', from: 0, to: 8 });
    rows.update();
    expect(rows.row(2)).toMatchObject({ text: 'three', line: 3, key });
    expect(rows.indexOf(key)).toBe(2);
    expect(new Set(Array.from({ length: rows.count }, (_, index) => rows.key(index))).size).toBe(4);
  });

  test('rows keep their keys when the oldest lines are let go', () => {
    const lines = new RunLogLines();
    lines.append('out', { text: 'one\ntwo\n', from: 0, to: 8 });
    lines.append('out', { text: 'three\nfour\n', from: 8, to: 19 });
    const rows = new RunLogRows(lines, 'raw', 'both');
    rows.update();
    const key = rows.key(2);
    lines.dropOldest(12);
    rows.update();
    expect(rows.row(0)).toMatchObject({ text: 'three', key });
    expect(rows.indexOf(key)).toBe(0);
  });

  test('the readable view hides partial messages and shows the growing text instead', () => {
    const { lines, rows, all } = rowsOf(`plain\n${blockStart}\n${delta('Hel')}\n${delta('lo')}\n`, 'readable');
    expect(all()).toMatchObject([{ kind: 'text', text: 'plain' }, { kind: 'live', what: 'text', text: 'Hello' }]);
    const whole = `${JSON.stringify({ type: 'assistant', message: { content: [] } })}\n`;
    lines.append('out', { text: whole, from: 0, to: whole.length });
    rows.update();
    expect(all().map((row) => row.kind)).toEqual(['text', 'event']);
  });

  test('the readable view numbers what it shows, so that its numbers leave nothing out; the raw view numbers the lines of the stream', () => {
    const text = `one\n${delta('x')}\n${delta('y')}\n${JSON.stringify({ type: 'assistant', message: { content: [] } })}\n${'z'.repeat(rowCharacters + 1)}\nlast`;
    const numbers = (mode: LogMode) => rowsOf(text, mode, 'both', 'oops').all().flatMap((row) => (row.kind === 'live' ? [] : [row.line]));
    expect(numbers('readable')).toEqual([1, 2, 3, 3, 4, 5]);
    expect(numbers('raw')).toEqual([1, 2, 3, 4, 5, 5, 6, 1]);
  });

  test('the raw view shows every line as it came', () => {
    expect(rowsOf(`${delta('x')}\n`).all()).toMatchObject([{ kind: 'text', text: delta('x') }]);
  });

  test('a partial message with its keys in another order is hidden as well', () => {
    expect(rowsOf('{"event":{"type":"message_start"},"type":"stream_event"}\n', 'readable').rows.count).toBe(0);
  });

  test('signs of life that say nothing are hidden in the readable view and shown in the raw one', () => {
    const line = '{"type":"system","subtype":"status","status":"requesting","uuid":"x"}\n';
    expect(rowsOf(line, 'readable').rows.count).toBe(0);
    expect(rowsOf(line, 'raw').rows.count).toBe(1);
  });

  test('an unfinished JSON line is not shown half in the readable view', () => {
    expect(rowsOf('{"type":"assist', 'readable').rows.count).toBe(0);
    expect(rowsOf('{"type":"assist', 'raw').rows.count).toBe(1);
  });
});
