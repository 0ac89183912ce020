import { describe, expect, it } from 'vitest';
import { LineAges, LineTimes } from '@/tests/load/line-ages';
import { judgeLoad, memoryGrowth, type MemoryReading } from '@/tests/load/load-verdict';

const ages = { lines: 1_000, p50: 20, p99: 200, max: 900 };
/** Ten minutes, a reading each 10 s. */
const memory = (worker: (second: number) => number): MemoryReading[] => Array.from({ length: 61 }, (_, index) => ({ second: index * 10, megabytes: { web: 200, worker: worker(index * 10) } }));
const flat = memory((second) => 180 + 5 * Math.sin(second / 20));

describe('the verdict on a load', () => {
  it('is good without errors, with quick lines and flat memory', () => {
    expect(judgeLoad({ ages, expectedLines: 1_000, errors: 0, memory: flat })).toMatchObject({ passed: true });
  });

  it.each([
    ['one error', { errors: 1 }],
    ['one in a hundred lines later than a second', { ages: { ...ages, p99: 1_001 } }],
    ['lines that are missing', { ages: { ...ages, lines: 900 } }],
    ['no line at all', { ages: new LineAges().summary() }],
    ['a process that grows', { memory: memory((second) => 180 + second / 10) }],
  ])('is bad with %s', (_, change) => {
    expect(judgeLoad({ ages, expectedLines: 1_000, errors: 0, memory: flat, ...change }).passed).toBe(false);
  });

  it('says nothing of growth where the measurement was short', () => {
    expect(judgeLoad({ ages, expectedLines: 1_000, errors: 0, memory: memory((second) => 180 + second).slice(0, 20) })).toMatchObject({ passed: true });
  });

  it('counts growth over the second half alone: warming up is none', () => {
    const [, worker] = memoryGrowth(memory((second) => Math.min(second, 250)));
    expect(worker).toMatchObject({ process: 'worker', isFlat: true });
    expect(memoryGrowth(memory((second) => second / 10))[1]?.megabytes).toBeCloseTo(30, 5);
  });
});

describe('the times of lines', () => {
  it('are found however the text is cut, in partial messages alone', () => {
    const text = ['{"type":"stream_event","event":{"type":"x"},"at":"t:1795316706771354"}', '{"type":"assistant","text":"t:1111111111111111"}', '{"type":"stream_event","event":{"delta":{"text":"t:1795316706771355 is line 2"}}}', ''].join('\n');
    for (const size of [1, 7, text.length]) {
      const times = new LineTimes();
      const found = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => times.take(text.slice(index * size, (index + 1) * size))).flat();
      expect(found).toEqual([1_795_316_706_771_354, 1_795_316_706_771_355]);
    }
  });

  it('make ages with their percentiles', () => {
    const all = new LineAges();
    for (let age = 1; age <= 100; age++) all.add(age);
    expect(all.latest()).toEqual({ lines: 100, p50: 50, p99: 99, max: 100 });
    all.add(7);
    expect(all.latest()).toMatchObject({ lines: 1, max: 7 });
    expect(all.summary().lines).toBe(101);
  });
});
