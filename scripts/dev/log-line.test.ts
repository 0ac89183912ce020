import { expect, it } from 'vitest';
import { logLine } from './log-line.mjs';

it('says time, level, message and what else a line of the log tells', () => {
  const line = JSON.stringify({ level: 40, time: '2026-05-01T10:20:30.123Z', deployment: 'local', pid: 7, runId: 'a1', count: 2, msg: 'worker: slow' });
  expect(logLine(line)).toBe('10:20:30 WARN  worker: slow runId=a1 count=2');
});

it('shows where an error comes from', () => {
  expect(logLine(JSON.stringify({ level: 50, time: '2026-05-01T10:20:30.123Z', msg: 'no', err: { message: 'gone', stack: 'Error: gone\n    at x.ts:1' } }))).toBe('10:20:30 ERROR no\n    Error: gone\n        at x.ts:1');
});

it.each(['✓ Ready in 812ms', '{ not JSON', '{"level":"words"}', ''])('leaves "%s" as it is', (line) => {
  expect(logLine(line)).toBe(line);
});
