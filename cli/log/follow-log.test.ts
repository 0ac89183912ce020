import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CliError } from '@/cli/cli-error';
import { followLog, type LogSource } from '@/cli/log/follow-log';
import type { LogStream, RunLogEvent } from '@/contract/run-log';

type Files = Record<LogStream, Buffer>;
const never = new AbortController().signal;

/** A server over these bytes that cuts, repeats, leaves out and breaks off as `moods` say, one mood an event. */
function moodyServer(files: Files, moods: readonly { size: number; shift: number; mood: 'well' | 'break' | 'close' | 'skip' }[]): LogSource & { connections: number } {
  let turn = 0;
  const server = {
    connections: 0,
    async *events(from: { out: number; err: number }, _signal?: AbortSignal): AsyncGenerator<RunLogEvent> {
      server.connections += 1;
      const at = { ...from };
      for (;;) {
        const stream = at.out < files.out.length && (turn % 3 > 0 || at.err >= files.err.length) ? 'out' : 'err';
        if (at.out >= files.out.length && at.err >= files.err.length) break;
        const { size, shift, mood } = moods[turn++ % moods.length] ?? { size: 1, shift: 0, mood: 'well' };
        if (turn < 40 && mood === 'break') throw new CliError('unavailable', 'It broke.');
        if (turn < 40 && mood === 'close') return;
        const begin = Math.max(0, at[stream] - shift);
        const to = Math.min(files[stream].length, at[stream] + size);
        at[stream] = to;
        if (mood === 'skip') continue;
        yield { end: false, stream, from: begin, to, text: files[stream].subarray(begin, to).toString() };
      }
      yield { end: true, out: files.out.length, err: files.err.length };
    },
    bytes: (stream: LogStream, from: number, to: number) => Promise.resolve(files[stream].subarray(from, Math.min(to, from + 7))),
  };
  return server;
}

async function collected(source: LogSource, options: Partial<Parameters<typeof followLog>[1]> = {}): Promise<Files> {
  const got: Record<LogStream, Uint8Array[]> = { out: [], err: [] };
  for await (const { stream, bytes } of followLog(source, { signal: never, firstPauseMs: 0, ...options })) got[stream].push(bytes);
  return { out: Buffer.concat(got.out), err: Buffer.concat(got.err) };
}

describe('the log of a run that is followed', () => {
  it('is every byte once, whatever they are and however the connection behaves', async () => {
    const mood = fc.record({ size: fc.integer({ min: 1, max: 12 }), shift: fc.nat({ max: 5 }), mood: fc.constantFrom('well' as const, 'well' as const, 'break' as const, 'close' as const, 'skip' as const) });
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text)));
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.array(mood, { minLength: 1, maxLength: 8 }), async (out, err, moods) => {
        const files = { out: Buffer.from(out), err: Buffer.from(err) };
        expect(await collected(moodyServer(files, moods))).toEqual(files);
      }),
      { numRuns: 80 },
    );
  });

  it('goes on at the byte where it was, not at the beginning', async () => {
    const asked: number[] = [];
    const files = { out: Buffer.from('one two three'), err: Buffer.alloc(0) };
    const server = moodyServer(files, [{ size: 4, shift: 0, mood: 'well' }, { size: 4, shift: 0, mood: 'break' }]);
    const source = { ...server, events: (from: { out: number; err: number }) => (asked.push(from.out), server.events(from, never)) };
    expect(await collected(source)).toEqual(files);
    expect(asked).toEqual([0, 4, 8, 12]);
  });

  it('tells when the connection broke and when it is back', async () => {
    const told: number[] = [];
    await collected(moodyServer({ out: Buffer.from('abcdef'), err: Buffer.alloc(0) }, [{ size: 3, shift: 0, mood: 'break' }, { size: 3, shift: 0, mood: 'well' }]), { onBroken: (tries) => told.push(tries) });
    expect(told).toEqual([1, 0, 1, 0]);
  });

  it('is given up at once when it may not be read, and after a while when nobody answers', async () => {
    const refusing = (error: CliError): LogSource => ({ events: () => { throw error; }, bytes: () => Promise.reject(error) });
    await expect(collected(refusing(new CliError('unauthenticated', 'Sign in.')))).rejects.toThrow('Sign in.');
    await expect(collected(refusing(new CliError('unavailable', 'Nobody.')), { giveUpMs: 20, firstPauseMs: 1 })).rejects.toThrow('Nobody.');
  });

  it('ends quietly when the person has seen enough', async () => {
    const leave = new AbortController();
    const source: LogSource = { async *events() { yield { end: false, stream: 'out', from: 0, to: 1, text: 'a' }; leave.abort(); throw new CliError('unavailable', 'aborted'); }, bytes: () => Promise.reject(new Error('unused')) };
    expect((await collected(source, { signal: leave.signal })).out.toString()).toBe('a');
  });
});
