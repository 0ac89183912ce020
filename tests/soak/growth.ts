import { objects, type SoakReading } from '@/tests/soak/soak-readings';

/** How one figure moved in the second half of a soak. */
export interface Growth {
  name: string;
  /** By the straight line through the second half: what it was more at its end than at its beginning. */
  risen: number;
  mean: number;
  highest: number;
  /** So much may it rise. */
  allowed: number;
}

/** Shorter ones are all warming up, and say nothing of growth. */
export const JUDGED_FROM_MINUTES = 20;
/** Waves of a garbage collector are not growth. */
const WAVES_MB = 12;
const WAVES_PART = 0.06;
/** Descriptors and connections follow what people do at the moment. */
const DESCRIPTORS = 8;
const CONNECTIONS = 4;

/** Of every figure of processes and database; what lies about is judged when the work is over. */
export function growthOf(readings: readonly SoakReading[]): Growth[] {
  const half = readings.slice(Math.floor(readings.length / 2));
  const names = Object.keys(half[0]?.figures ?? {}).filter((name) => !objects.some((object) => object === name));
  return names.map((name) => {
    const points = half.map(({ minute, figures }) => ({ x: minute, y: figures[name] ?? 0 }));
    const mean = average(points.map(({ y }) => y));
    return { name, mean, risen: slope(points) * ((half.at(-1)?.minute ?? 0) - (half[0]?.minute ?? 0)), highest: Math.max(...points.map(({ y }) => y)), allowed: allowedRise(name, mean) };
  });
}

function allowedRise(name: string, mean: number): number {
  if (name.endsWith(' MB')) return Math.max(WAVES_MB, WAVES_PART * mean);
  return name.endsWith(' descriptors') ? DESCRIPTORS : CONNECTIONS;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Least squares; 0 for a single point. */
function slope(points: readonly { x: number; y: number }[]): number {
  const [x, y] = [average(points.map((point) => point.x)), average(points.map((point) => point.y))];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
}
