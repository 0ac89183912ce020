import { and, eq, gt, sql } from 'drizzle-orm';
import { runs, workspaces, worktreePlaces } from '@/db/schema';
import { database } from '@/server/database';
import type { PresentThing } from '@/server/system/retention/choose-removals';
import { sparedBecause } from '@/server/system/retention/spared-conversation';

const isVariantAway = sql`exists (select from run_variants v where v.run_id = runs.id and (v.archived_at is not null or v.worktree <> 'there'))`;
const isChecked = sql`exists (select from run_variants v where v.run_id = runs.id and v.check_state in ('waiting', 'running'))`;
const isWorkedIn = sql`exists (select from publish_steps s where s.first_run_id = runs.id and s.lease_until > now())`;

/** What no rule touches, beside what is said of all conversations: variants that are archived move by their own rule. */
export const sparedWorktree = sql<string | null>`case when ${isVariantAway} then 'it belongs to an archived variant' when ${isChecked} then 'its check is not over' when ${isWorkedIn} then 'a commit or push is under way in it' else ${sparedBecause} end`;

/** When somebody last did something in a conversation: a run, a commit, a push. */
const endOfConversation = sql`greatest(
  (select max(coalesce(one.finished_at, one.status_since)) from runs one where one.claude_session_id = runs.claude_session_id),
  (select coalesce(s.ended_at, s.started_at) from publish_steps s where s.first_run_id = runs.id))`.mapWith(runs.statusSince);

/** The measured worktrees that are in their places. One that could not be put away is left alone for a week. */
export async function presentWorktrees(): Promise<PresentThing[]> {
  const { bytes, problem } = worktreePlaces;
  const rows = await database()
    .select({
      id: runs.id, number: runs.number, workspaceId: workspaces.id, workspace: workspaces.name, status: workspaces.status, endedAt: endOfConversation, bytes, spared: sparedWorktree, problem,
      isProblemNew: sql<boolean>`coalesce(${worktreePlaces.problemAt} > now() - interval '7 days', false)`,
    })
    .from(worktreePlaces)
    .innerJoin(runs, eq(runs.id, worktreePlaces.firstRunId))
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(and(eq(worktreePlaces.state, 'there'), gt(worktreePlaces.bytes, 0)));
  return rows.map(({ id, number, workspaceId, workspace, status, endedAt, bytes: size, spared, problem: said, isProblemNew }) => ({
    id,
    name: `${workspace}, conversation that began with #${number}`,
    link: `/workspaces/${workspaceId}/runs/${id}`,
    endedAt: endedAt as Date,
    items: 1,
    bytes: size,
    spared: spared ?? (isProblemNew ? `it could not be put away: ${said ?? ''}` : null),
    waitsFor: status === 'running' ? null : 'its workspace to run',
  }));
}
