import { growthOf, JUDGED_FROM_MINUTES } from '@/tests/soak/growth';
import { objects, type SoakReading } from '@/tests/soak/soak-readings';

export interface Judgement {
  what: string;
  passed: boolean;
}

/** What a soak has found: by minute, when all workspaces were gone, and what went wrong on the way. */
export interface SoakFindings {
  readings: readonly SoakReading[];
  /** After the last workspace. */
  end: SoakReading;
  /** In words, with how often. */
  errors: Readonly<Record<string, number>>;
  /** By name of the process: how often it was another one than the minute before. */
  replaced: readonly string[];
  /** Without any nothing was soaked. */
  runs: number;
  /** How many were seen to have each of the ends; what ended badly is an error. */
  ended: Readonly<Record<string, number>>;
}

/** Nothing is left, nothing went wrong, no process died, and nothing grows. */
export function judgeSoak({ readings, end, errors, replaced, runs, ended }: SoakFindings): Judgement[] {
  const left = objects.map((name) => ({ what: `${name} left: ${end.figures[name] ?? 0} (goal 0)`, passed: (end.figures[name] ?? 0) === 0 }));
  const wrong = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const minutes = readings.at(-1)?.minute ?? 0;
  const growth = minutes >= JUDGED_FROM_MINUTES ? growthOf(readings) : [];
  return [
    ...left,
    { what: `errors: ${wrong} (goal 0)`, passed: wrong === 0 },
    { what: `runs begun: ${runs} (goal at least one a minute)`, passed: runs >= minutes && runs > 0 },
    { what: `runs seen at their end: ${Object.entries(ended).map(([status, count]) => `${count} ${status}`).join(', ') || 'none'} (goal at least one that succeeded)`, passed: (ended['succeeded'] ?? 0) > 0 },
    { what: `processes that died: ${replaced.join(', ') || 'none'}`, passed: replaced.length === 0 },
    ...growth.map(({ name, risen, mean, highest, allowed }) => ({ what: `${name}: ${risen >= 0 ? '+' : ''}${risen.toFixed(1)} over the second half (goal ≤ ${allowed.toFixed(0)}), mean ${mean.toFixed(0)}, highest ${highest.toFixed(0)}`, passed: risen <= allowed })),
  ];
}
