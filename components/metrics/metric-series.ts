import { METRICS_EVERY_SECONDS, type Metrics } from '@/contract/metrics';

/** A longer pause between two readings is a gap: nothing is drawn across it, and no rate is made of it. */
const GAP_MS = METRICS_EVERY_SECONDS * 3_500;
const MINUTE_MS = 60_000;

/** What a chart draws: times in seconds, and beside each of them one value per line; null where nothing is known. */
export interface MetricSeries {
  times: number[];
  lines: (number | null)[][];
}

export interface NetworkRates {
  received: number | null;
  sent: number | null;
}

/** Puts new readings to those that are there, oldest first, each once, and lets those before `since` go. */
export function mergeReadings(before: readonly Metrics[], more: readonly Metrics[], since: number): Metrics[] {
  const byTime = new Map([...before, ...more].map((reading) => [reading.at.getTime(), reading]));
  return [...byTime.values()].filter((reading) => reading.at.getTime() >= since).sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** One line per function in `of`, broken where readings are missing. Readings must be in order. */
export function seriesOf(readings: readonly Metrics[], of: readonly ((reading: Metrics, index: number) => number | null)[]): MetricSeries {
  const times: number[] = [];
  const lines: (number | null)[][] = of.map(() => []);
  readings.forEach((reading, index) => {
    const before = readings[index - 1];
    if (before && isGap(before, reading)) {
      times.push((before.at.getTime() + reading.at.getTime()) / 2000);
      for (const line of lines) line.push(null);
    }
    times.push(reading.at.getTime() / 1000);
    of.forEach((value, line) => lines[line]?.push(value(reading, index)));
  });
  return { times, lines };
}

/** Bytes per second since the reading before; null at the first one, behind a gap, and when the counts began anew. */
export function networkRates(readings: readonly Metrics[]): NetworkRates[] {
  return readings.map((reading, index) => {
    const before = readings[index - 1];
    if (!before || isGap(before, reading)) return { received: null, sent: null };
    const seconds = (reading.at.getTime() - before.at.getTime()) / 1000;
    const rate = (now: number, then: number) => (now < then || seconds <= 0 ? null : (now - then) / seconds);
    return { received: rate(reading.networkReceivedBytes, before.networkReceivedBytes), sent: rate(reading.networkSentBytes, before.networkSentBytes) };
  });
}

/** The disk is measured more rarely than the rest: between two measurements the older one stands. */
export function diskUse(readings: readonly Metrics[]): (number | null)[] {
  let last: number | null = null;
  return readings.map(({ diskBytes }) => (last = diskBytes ?? last));
}

export interface Summary {
  latest: number;
  highest: number;
  average: number;
}

/** Null when there is not a single value. */
export function summarize(values: readonly (number | null)[]): Summary | null {
  const known = values.filter((value) => value !== null);
  const latest = known.at(-1);
  if (latest === undefined) return null;
  return { latest, highest: known.reduce((one, other) => Math.max(one, other)), average: known.reduce((sum, value) => sum + value, 0) / known.length };
}

export interface MetricRow {
  /** Begin of the span. */
  at: Date;
  cpus: number | null;
  memoryBytes: number | null;
  received: number | null;
  sent: number | null;
  diskBytes: number | null;
}

/** The readings in spans of so many minutes, newest first: averages, of memory and disk the highest. For reading as a table. */
export function tableOf(readings: readonly Metrics[], minutes: number): MetricRow[] {
  const rates = networkRates(readings);
  const disk = diskUse(readings);
  const spans = new Map<number, number[]>();
  readings.forEach((reading, index) => {
    const span = Math.floor(reading.at.getTime() / (minutes * MINUTE_MS));
    spans.set(span, [...(spans.get(span) ?? []), index]);
  });
  const rows = [...spans].map(([span, indexes]) => {
    const of = (value: (index: number) => number | null) => summarize(indexes.map(value));
    return {
      at: new Date(span * minutes * MINUTE_MS),
      cpus: of((index) => readings[index]?.cpus ?? null)?.average ?? null,
      memoryBytes: of((index) => readings[index]?.memoryBytes ?? null)?.highest ?? null,
      received: of((index) => rates[index]?.received ?? null)?.average ?? null,
      sent: of((index) => rates[index]?.sent ?? null)?.average ?? null,
      diskBytes: of((index) => disk[index] ?? null)?.highest ?? null,
    };
  });
  return rows.reverse();
}

function isGap(before: Metrics, after: Metrics): boolean {
  return after.at.getTime() - before.at.getTime() > GAP_MS;
}
