import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_KEYS_PER_CALL } from '@/contract/terminal';
import { KeyQueue, MOST_WAITING, type SendResult } from '@/components/terminals/key-queue';

describe('keys on their way', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function queue(answers: (SendResult | Promise<SendResult>)[] = []) {
    const sent: [number, string][] = [];
    const waiting: number[] = [];
    const tooMuch = vi.fn<() => void>();
    const keys = new KeyQueue({
      send: async (sequence, data) => {
        sent.push([sequence, data]);
        return answers.shift() ?? 'taken';
      },
      onWaiting: (characters) => waiting.push(characters),
      onTooMuch: tooMuch,
    });
    return { keys, sent, waiting, tooMuch };
  }

  it('go out together when they come together, one call at a time', async () => {
    const first = Promise.withResolvers<SendResult>();
    const { keys, sent } = queue([first.promise]);
    keys.push('a');
    keys.push('b');
    await vi.advanceTimersByTimeAsync(10);
    keys.push('c');
    keys.push('d');
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([[1, 'ab']]);
    first.resolve('taken');
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toEqual([[1, 'ab'], [2, 'cd']]);
  });

  it('are sent again under the same number until they are taken, and the page is told that they wait', async () => {
    const { keys, sent, waiting } = queue(['again', 'again']);
    keys.push('x');
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toEqual([[1, 'x'], [1, 'x'], [1, 'x']]);
    expect(waiting).toEqual([1, 1, 0]);
  });

  it('of a long paste go in order and never in half a character', async () => {
    const { keys, sent } = queue();
    const paste = '🚀'.repeat(MOST_KEYS_PER_CALL) + 'end';
    keys.push('x');
    keys.push(paste);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent.map(([, data]) => data).join('')).toBe(`x${paste}`);
    expect(sent.length).toBeGreaterThanOrEqual(3);
    for (const [, data] of sent) expect(data.isWellFormed() && data.length <= MOST_KEYS_PER_CALL).toBe(true);
  });

  it('make room for Ctrl+C, which goes alone', async () => {
    const { keys, sent } = queue(['taken', 'again', 'again', 'again', 'again']);
    keys.push('yes\r');
    await vi.advanceTimersByTimeAsync(10);
    keys.push('p'.repeat(3 * MOST_KEYS_PER_CALL));
    await vi.advanceTimersByTimeAsync(1000);
    keys.push('\x03');
    keys.push('ls');
    await vi.advanceTimersByTimeAsync(20); // it waits for no retry
    expect(sent.slice(-2).map(([, data]) => data)).toEqual(['\x03', 'ls']);
    expect(sent.at(-2)![0]).toBeGreaterThan(sent.at(-3)![0]);
  });

  it('arrive also when their terminal is left at once, even while earlier ones are on their way', async () => {
    const first = Promise.withResolvers<SendResult>();
    const { keys, sent } = queue([first.promise, 'again']);
    keys.push('make test');
    await vi.advanceTimersByTimeAsync(10);
    keys.push('\r');
    keys.close();
    keys.push('too late');
    first.resolve('taken');
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([[1, 'make test'], [2, '\r'], [2, '\r']]);
    const left = queue();
    left.keys.push('exit\r');
    left.keys.close(); // before anything was sent
    await vi.advanceTimersByTimeAsync(10);
    expect(left.sent).toEqual([[1, 'exit\r']]);
  });

  it('are given up half a minute after their terminal was left', async () => {
    const { keys, sent } = queue(Array.from({ length: 100 }, () => 'again' as const));
    keys.push('ls\r');
    keys.close();
    await vi.advanceTimersByTimeAsync(31_000);
    const tries = sent.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries).toBeGreaterThan(10);
    expect(sent).toHaveLength(tries);
  });

  it('stop when they are refused, and too many are not taken in', async () => {
    const { keys, sent, tooMuch } = queue(['refused']);
    keys.push('y'.repeat(MOST_WAITING + 1));
    expect(tooMuch).toHaveBeenCalledOnce();
    keys.push('a');
    await vi.advanceTimersByTimeAsync(10);
    keys.push('b');
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([[1, 'a']]);
  });
});
