import type { AgeSummary } from '@/tests/load/line-ages';

/** MB of each process at one moment, in seconds since the measurement began. */
export interface MemoryReading {
  second: number;
  megabytes: Readonly<Record<string, number>>;
}

export interface MemoryGrowth {
  process: string;
  /** At the end of the measurement's second half by the line through its readings, less at its beginning. */
  megabytes: number;
  mean: number;
  isFlat: boolean;
}

export interface Verdict {
  passed: boolean;
  /** Each in words, with the figure. */
  judged: { what: string; passed: boolean }[];
}

const MOST_P99_MS = 1_000;
/** A garbage collector's waves are not growth. */
const WAVES_MB = 12;
const WAVES_PART = 0.05;
/** Shorter ones are still warming up. */
const JUDGED_FROM_SECONDS = 300;

/** What each process grew by in the second half, by least squares. Empty with fewer than six readings. */
export function memoryGrowth(readings: readonly MemoryReading[]): MemoryGrowth[] {
  const half = readings.slice(Math.floor(readings.length / 2));
  if (half.length < 3) return [];
  const first = half[0]!;
  const duration = half.at(-1)!.second - first.second;
  return Object.keys(first.megabytes).map((process) => {
    const points = half.map((reading) => ({ x: reading.second, y: reading.megabytes[process] ?? 0 }));
    const mean = average(points.map(({ y }) => y));
    const megabytes = slope(points) * duration;
    return { process, megabytes, mean, isFlat: megabytes <= Math.max(WAVES_MB, mean * WAVES_PART) };
  });
}

/** Whether the goal is met: no error, 99 of 100 lines seen within a second, no process that grows. A short measurement says nothing of growth. */
export function judgeLoad(found: { ages: AgeSummary; expectedLines: number; errors: number; memory: readonly MemoryReading[] }): Verdict {
  const { ages, errors, expectedLines } = found;
  const seconds = (found.memory.at(-1)?.second ?? 0) - (found.memory[0]?.second ?? 0);
  const growth = seconds >= JUDGED_FROM_SECONDS ? memoryGrowth(found.memory) : [];
  const judged = [
    { what: `errors: ${errors} (goal 0)`, passed: errors === 0 },
    { what: `lines: ${ages.lines} of about ${expectedLines} (goal ≥ 95 %)`, passed: ages.lines >= expectedLines * 0.95 },
    { what: `p99 of a line: ${ages.p99.toFixed(0)} ms (goal ≤ ${MOST_P99_MS})`, passed: ages.p99 <= MOST_P99_MS },
    ...growth.map((one) => ({ what: `memory of ${one.process}: ${one.megabytes.toFixed(1)} MB more over the second half, ${one.mean.toFixed(0)} MB in the mean (goal: flat)`, passed: one.isFlat })),
  ];
  return { passed: judged.every(({ passed }) => passed), judged };
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function slope(points: readonly { x: number; y: number }[]): number {
  const [x, y] = [average(points.map((point) => point.x)), average(points.map((point) => point.y))];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}
