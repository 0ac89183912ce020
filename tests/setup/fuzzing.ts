import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { vi } from 'vitest';

/** The seed of everything that this process makes up; a failure prints it, and `ANYON_FUZZ_SEED` repeats it. */
export const fuzzSeed = Number(process.env['ANYON_FUZZ_SEED'] ?? randomInt(2 ** 31));
/** `ANYON_FUZZ=long` tries twenty times as many cases, and inputs of a mebibyte. */
const long = process.env['ANYON_FUZZ'] === 'long';
const times = long ? 20 : 1;
/** What counts is the time of the processor, below; a busy machine may take its own. */
vi.setConfig({ testTimeout: long ? 600_000 : 120_000 });

/** No single input of these sizes may cost more, on a machine that is slow and busy. */
const MOST_CPU_MS = 3_000;
/** Eight times as much input may cost so many times as much: straight growth is 8, squared growth 64. */
const STEP = 8;
const MOST_GROWTH = 32;
/** Below, the clock and the collector of garbage are measured and not the parser. */
const LEAST_CPU_MS = 3;

/** What `check` says holds for `cases` made-up values, each within a time; awaits what `check` returns. */
export async function holdsFor<T>(made: fc.Arbitrary<T>, check: (value: T) => void | Promise<void>, cases = 250): Promise<void> {
  await fc.assert(
    fc.asyncProperty(made, async (value) => {
      const began = process.cpuUsage();
      await check(value);
      const used = millisecondsSince(began);
      if (used > MOST_CPU_MS) throw new Error(`One input took ${used.toFixed(0)} ms of a processor.`);
    }),
    { numRuns: cases * times, seed: fuzzSeed },
  );
}

/**
 * Throws unless the processor time of `take` grows about as its input does, from 2 KiB to `largest` in steps of eight. Time of the processor,
 * not of the clock, and the best of three where the first looks bad: other processes are no reason to fail.
 */
export async function growsStraight<T>(make: (size: number) => T, take: (input: T) => unknown, largest = long ? 1024 * 1024 : 128 * 1024): Promise<void> {
  await take(make(64)); // what is made once, as patterns are, is not the parser's time
  let before = LEAST_CPU_MS;
  for (let size = 2048; size <= largest; size *= STEP) {
    const input = make(size);
    let used = Infinity;
    for (let attempt = 0; attempt < 3 && used > before * MOST_GROWTH; attempt += 1) used = Math.min(used, await millisecondsOf(() => take(input)));
    if (used > before * MOST_GROWTH) throw new Error(`${size} bytes took ${used.toFixed(0)} ms of a processor, an eighth of them ${before.toFixed(0)} ms (seed ${fuzzSeed}).`);
    before = Math.max(used, LEAST_CPU_MS);
  }
}

async function millisecondsOf(work: () => unknown): Promise<number> {
  const began = process.cpuUsage();
  await work();
  return millisecondsSince(began);
}

function millisecondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
