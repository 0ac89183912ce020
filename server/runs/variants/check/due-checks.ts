import { and, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { MaskedText } from '@/contract/masked-text';
import { isFinal } from '@/contract/run';
import { runs, runVariants, variantGroups, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import type { RunRow } from '@/server/runs/run-status';
import type { VariantRow } from '@/server/runs/variants/read-variants';
import { plainWords } from '@/server/secrets/masked-text';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A variant whose check is not over, with the newest run of its conversation. */
export interface OpenCheck {
  variant: VariantRow;
  command: MaskedText;
  minutes: number;
  newest: Pick<RunRow, 'id' | 'status' | 'number' | 'workspaceId' | 'claudeSessionId'>;
  workspace: WorkspaceRow;
}

const open = ['waiting', 'running'] as const;
const over = ['passed', 'failed', 'timed_out', 'could_not_run'] as const;

/** All that waits or runs, oldest first. */
export async function openChecks(): Promise<OpenCheck[]> {
  const { id, status, number, workspaceId, claudeSessionId } = runs;
  const newest = database()
    .selectDistinctOn([claudeSessionId], { id, status, number, workspaceId, claudeSessionId })
    .from(runs)
    .innerJoin(runVariants, eq(runVariants.claudeSessionId, claudeSessionId))
    .where(inArray(runVariants.checkState, open))
    .orderBy(claudeSessionId, desc(number))
    .as('newest');
  const found = await database()
    .select({ variant: runVariants, group: variantGroups, newest: { id: newest.id, status: newest.status, number: newest.number, workspaceId: newest.workspaceId, claudeSessionId: newest.claudeSessionId }, workspace: workspaces })
    .from(runVariants)
    .innerJoin(variantGroups, eq(variantGroups.id, runVariants.groupId))
    .innerJoin(workspaces, eq(workspaces.id, variantGroups.workspaceId))
    .innerJoin(newest, eq(newest.claudeSessionId, runVariants.claudeSessionId))
    .where(and(inArray(runVariants.checkState, open), isNotNull(variantGroups.checkCommand)))
    .orderBy(runVariants.checkSince, runVariants.position);
  return found.flatMap(({ group, ...rest }) => (group.checkCommand === null ? [] : [{ ...rest, command: group.checkCommand, minutes: group.checkMinutes }]));
}

/** A conversation that has gone on since its check is to be checked again, at its new end. */
export async function reopenChecks(): Promise<void> {
  const hasGoneOn = sql`exists (select from runs later join runs checked on checked.id = ${runVariants.checkRunId} where later.claude_session_id = ${runVariants.claudeSessionId} and later.number > checked.number)`;
  await database()
    .update(runVariants)
    .set({ checkState: 'waiting', checkSince: sql`now()`, checkRunId: null, checkReason: null, checkOutput: null, checkExitCode: null, checkMs: null, checkLost: 0 })
    .where(and(inArray(runVariants.checkState, over), isNull(runVariants.archivedAt), hasGoneOn));
}

/** Why a check that waits does not begin now; null when it may. */
export function whyItWaits({ variant, newest, workspace }: OpenCheck): MaskedText | null {
  if (variant.archivedAt !== null || variant.worktree !== 'there') return plainWords('The variant is archived.');
  if (!isFinal(newest.status)) return plainWords('It begins when the run has succeeded.');
  if (workspace.status !== 'running' || workspace.desired !== 'running' || workspace.containerId === null) return plainWords('The workspace does not run. Start it, and the check begins by itself.');
  return null;
}

/** Whether a check that is on is still about the newest end of an open variant. */
export function isWanted({ variant, newest }: OpenCheck): boolean {
  return variant.archivedAt === null && variant.checkRunId === newest.id;
}
