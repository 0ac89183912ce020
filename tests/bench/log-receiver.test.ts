import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nowMicroseconds } from '@/tests/bench/log-path-messages';
import { LogReceiver } from '@/tests/bench/log-receiver';

const lineOf = (ageMs: number): string => `{"type":"assistant___","t":${String(Math.round(nowMicroseconds() - ageMs * 1000)).padStart(16, '0')},"text":"ä"}\n`;

describe('who receives a log', () => {
  it('notes the age of every line, whatever pieces it comes in, and knows when it has all', () => {
    const text = lineOf(5_000) + lineOf(60_000);
    const receiver = new LogReceiver({ bytes: Buffer.byteLength(text), measureLines: true });
    expect([text.slice(0, 10), text.slice(10, 90), text.slice(90)].map((piece) => receiver.take(piece))).toEqual([false, false, true]);
    const { latencies, sha256 } = receiver.result();
    expect(latencies.map((age) => Math.floor(age / 5_000))).toEqual([1, 12]);
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it.each([['less', '1234'], ['more', '123456']])('has nothing to show for %s than was written', (_, text) => {
    const receiver = new LogReceiver({ bytes: 5, measureLines: false });
    receiver.take(text);
    expect(() => receiver.result()).toThrow(`${text.length} bytes arrived of 5`);
  });
});
