import { taskRules, type TaskKind } from '@/contract/task';

const LONGEST_SECONDS = 60;

/**
 * Milliseconds until the next try after so many failed ones (from 1): the rule's pause, doubled for each, up to a minute, and
 * a quarter more or less, so that what failed together does not come back together. `random` is from 0 to 1.
 */
export function backOff(kind: TaskKind, failed: number, random: number = Math.random()): number {
  const seconds = Math.min(taskRules[kind].backoffSeconds * 2 ** (failed - 1), LONGEST_SECONDS);
  return Math.round(seconds * 1_000 * (0.75 + random / 2));
}
