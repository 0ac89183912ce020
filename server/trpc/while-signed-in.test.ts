import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Actor } from '@/contract/actor';
import { shutdownController } from '@/server/shutdown';
import { untilShutdown } from '@/server/trpc/until-shutdown';
import { whileSignedIn } from '@/server/trpc/while-signed-in';

const signedIn = vi.hoisted(() => ({ answer: (): Promise<boolean> => Promise.resolve(true), asked: 0 }));
vi.mock('@/server/auth/actor', () => ({
  isStillSignedIn: () => {
    signedIn.asked++;
    return signedIn.answer();
  },
}));

const actor: Actor = { userId: 'u', sessionId: 's', login: 'mona', role: 'member' };

/** A source that says `0` and then waits, as a quiet run does; `closed` tells that it let go. */
function quietSource() {
  const seen = { closed: false };
  async function* make(signal: AbortSignal): AsyncGenerator<number> {
    try {
      yield 0;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      seen.closed = true;
    }
  }
  return { make, seen };
}

async function collect(stream: AsyncIterable<number>): Promise<number[]> {
  const values: number[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

beforeEach(() => {
  signedIn.answer = () => Promise.resolve(true);
  signedIn.asked = 0;
});
afterEach(() => {
  const states = (globalThis as Record<symbol, unknown>)[Symbol.for('anyon.process-state')];
  if (states instanceof Map) states.delete('shutdown');
});

describe('a stream', () => {
  it('ends plainly when its source ends', async () => {
    async function* three() {
      yield* [1, 2, 3];
    }
    await expect(collect(whileSignedIn({ actor, signal: undefined }, three))).resolves.toEqual([1, 2, 3]);
  });

  it('ends quietly when the browser leaves, and its source lets go', async () => {
    const { make, seen } = quietSource();
    const leave = new AbortController();
    setTimeout(() => leave.abort(), 20);
    await expect(collect(whileSignedIn({ actor, signal: leave.signal }, make))).resolves.toEqual([0]);
    expect(seen.closed).toBe(true);
  });

  it('ends with a retryable error when the process is told to end, so that the browser comes back', async () => {
    const { make, seen } = quietSource();
    setTimeout(() => shutdownController().abort(), 20);
    await expect(collect(whileSignedIn({ actor, signal: new AbortController().signal }, make))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(seen.closed).toBe(true);
  });

  it('that begins after the process was told to end goes the same way', async () => {
    shutdownController().abort();
    await expect(collect(untilShutdown(undefined, quietSource().make))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('ends with `unauthenticated` soon after the session has ended, and its source lets go', async () => {
    const { make, seen } = quietSource();
    signedIn.answer = () => Promise.resolve(signedIn.asked < 3);
    await expect(collect(whileSignedIn({ actor, signal: undefined, checkEveryMs: 5 }, make))).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(signedIn.asked).toBe(3);
    expect(seen.closed).toBe(true);
  });

  it('ends with a retryable error when nobody can say whether the session lives', async () => {
    signedIn.answer = () => Promise.reject(new Error('no database'));
    await expect(collect(whileSignedIn({ actor, signal: undefined, checkEveryMs: 5 }, quietSource().make))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('passes an error of its source on', async () => {
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }
    await expect(collect(whileSignedIn({ actor, signal: undefined }, broken))).rejects.toThrow('broken');
  });

  it('asks no more once it has ended', async () => {
    async function* none(): AsyncGenerator<number> {}
    await collect(whileSignedIn({ actor, signal: undefined, checkEveryMs: 2 }, none));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(signedIn.asked).toBe(0);
  });
});
