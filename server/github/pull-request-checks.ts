import { z } from 'zod';
import type { PullRequestCheck } from '@/contract/publishing';

const address = z.url({ protocol: /^https?$/ }).max(2000).nullish().catch(null);

/** GET /repos/…/commits/…/check-runs */
export const checkRunsSchema = z.object({ check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullish(), html_url: address })) });
/** GET /repos/…/commits/…/status: the newest one of each context. */
export const statusesSchema = z.object({ statuses: z.array(z.object({ context: z.string(), state: z.string(), target_url: address })) });

const conclusions: Record<string, PullRequestCheck['state']> = { success: 'passed', skipped: 'skipped', neutral: 'skipped', stale: 'skipped' };
const statusStates: Record<string, PullRequestCheck['state']> = { success: 'passed', pending: 'waiting', failure: 'failed', error: 'failed' };
const order: readonly PullRequestCheck['state'][] = ['failed', 'running', 'waiting', 'passed', 'skipped'];

/** Check runs and commit statuses as one list, what failed first. Null: the token may not see them. */
export function checksOf(runs: z.infer<typeof checkRunsSchema> | null, statuses: z.infer<typeof statusesSchema> | null): PullRequestCheck[] {
  const checks = [
    ...(runs?.check_runs ?? []).map(({ name, status, conclusion, html_url: url }) => ({ name, state: stateOfRun(status, conclusion ?? ''), url: url ?? null })),
    ...(statuses?.statuses ?? []).map(({ context, state, target_url: url }) => ({ name: context, state: statusStates[state] ?? 'waiting', url: url ?? null })),
  ];
  return checks.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state) || one.name.localeCompare(other.name));
}

function stateOfRun(status: string, conclusion: string): PullRequestCheck['state'] {
  if (status === 'completed') return conclusions[conclusion] ?? 'failed';
  return status === 'in_progress' ? 'running' : 'waiting';
}
