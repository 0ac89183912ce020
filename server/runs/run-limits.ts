import type { ReachedLimit } from '@/contract/run';
import { dollars } from '@/server/runs/judge-run';
import type { RunRow } from '@/server/runs/run-status';

export type Limited = Pick<RunRow, 'maxTurns' | 'budgetUsd' | 'turns' | 'costUsd'>;

/** The limits of the next start as options of the CLI, which every version in use knows. A run's starts share its limits: only what is left is given. */
export function limitOptions({ maxTurns = null, budgetUsd = null, turns, costUsd }: Partial<Limited>): string[] {
  return [
    ...(maxTurns === null ? [] : ['--max-turns', String(Math.max(1, maxTurns - (turns ?? 0)))]),
    ...(budgetUsd === null ? [] : ['--max-budget-usd', (budgetUsd - (costUsd ?? 0)).toFixed(6)]),
  ];
}

/** Which limit the starts before have used up; null when the run may go on. Looked at before each start: the CLI stops only after it has spent. */
export function usedUp({ maxTurns, budgetUsd, turns, costUsd }: Limited): { limit: ReachedLimit; sentence: string } | null {
  if (maxTurns !== null && turns !== null && turns >= maxTurns) {
    return { limit: 'turns', sentence: `The run has used its ${maxTurns} turns. Resume it to go on where it was: it is allowed as many again.` };
  }
  if (budgetUsd !== null && costUsd !== null && costUsd >= budgetUsd) {
    return { limit: 'budget', sentence: `The run has used its budget of ${dollars(budgetUsd)}: it has cost ${dollars(costUsd)}. Resume it to go on where it was: it is allowed as much again.` };
  }
  return null;
}
