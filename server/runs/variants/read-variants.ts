import { and, desc, eq, inArray, isNotNull } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { lastCheckSchema, variantGroupSchema, type LastCheck, type VariantCheck, type VariantGroup, type VariantView } from '@/contract/variant';
import { runs, users, variantGroups, type runVariants } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { nextStepOf } from '@/server/runs/next-step';
import { readKeptDiff } from '@/server/runs/review/kept-diff';
import { runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import type { VariantAccess } from '@/server/runs/variants/access';
import { selectVariants } from '@/server/runs/variants/variant-mark';
import type { WorkspaceAccess } from '@/server/workspaces/access';

export type VariantRow = typeof runVariants.$inferSelect;

/** What the page shows of a variant's last words; the run's page has all of them. */
const MAX_SAID = 4_000;

/** The variants of a prompt side by side, each as its conversation stands now. */
export async function readVariants({ group: { id }, workspace }: VariantAccess): Promise<VariantGroup> {
  const found = await selectVariants(id);
  const group = found[0]?.group;
  if (!group) throw new AnyonError('not_found', 'These variants have been deleted with their workspace.');
  const sessions = found.map(({ variant }) => variant.claudeSessionId);
  const rows = await database().select().from(runs).where(and(eq(runs.workspaceId, workspace.id), inArray(runs.claudeSessionId, sessions))).orderBy(runs.number);
  const bySession = Map.groupBy(rows, ({ claudeSessionId }) => claudeSessionId);
  const logins = await loginsOf([group.createdById, group.chosenById]);
  return variantGroupSchema.parse({
    ...group,
    workspaceName: workspace.name,
    workspaceStatus: workspace.status,
    prompt: rows[0]?.prompt ?? '',
    createdBy: logins.get(group.createdById) ?? '',
    chosen: group.chosenRunId && { runId: group.chosenRunId, at: group.chosenAt, by: logins.get(group.chosenById ?? '') ?? '' },
    variants: await Promise.all(found.map(({ variant }) => toView(variant, bySession.get(variant.claudeSessionId) ?? []))),
  });
}

/** What was checked last in this workspace; null when nothing ever was. */
export async function lastCheck({ workspace }: WorkspaceAccess): Promise<LastCheck | null> {
  const [last] = await database()
    .select({ checkCommand: variantGroups.checkCommand, checkMinutes: variantGroups.checkMinutes })
    .from(variantGroups)
    .where(and(eq(variantGroups.workspaceId, workspace.id), isNotNull(variantGroups.checkCommand)))
    .orderBy(desc(variantGroups.createdAt), desc(variantGroups.id))
    .limit(1);
  return last ? lastCheckSchema.parse(last) : null;
}

async function loginsOf(ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const rows = await database().select({ id: users.id, login: users.login }).from(users).where(inArray(users.id, ids.filter((id) => id !== null)));
  return new Map(rows.map(({ id, login }) => [id, login]));
}

async function toView(variant: VariantRow, conversation: readonly RunRow[]): Promise<VariantView> {
  const newest = conversation.at(-1);
  if (!newest) throw new AnyonError('not_found', 'These variants have been deleted with their workspace.');
  const isAtWork = !isFinal(newest.status) && newest.status !== 'parked' && newest.startedAt !== null;
  const speaking = conversation.findLast(({ resultText, lastSaid }) => resultText !== null || lastSaid !== null);
  return {
    ...variant,
    model: newest.model,
    branch: newest.branch,
    newest: { ...newest, nextStep: nextStepOf(newest) },
    runs: conversation.length,
    said: (speaking?.resultText ?? speaking?.lastSaid)?.slice(-MAX_SAID) ?? null,
    usage: usageOf(conversation),
    workedMs: conversation.reduce((sum, { startedAt, finishedAt }) => sum + (startedAt && finishedAt ? Math.max(0, finishedAt.getTime() - startedAt.getTime()) : 0), 0),
    workingSince: isAtWork ? newest.startedAt : null,
    changes: await changesOf(conversation),
    check: checkOf(variant),
  };
}

function usageOf(conversation: readonly RunRow[]): VariantView['usage'] {
  const sum = (of: (run: RunRow) => number) => conversation.reduce((total, run) => total + of(run), 0);
  return {
    inputTokens: sum((run) => run.inputTokens),
    outputTokens: sum((run) => run.outputTokens),
    cacheReadTokens: sum((run) => run.cacheReadTokens),
    cacheWriteTokens: sum((run) => run.cacheWriteTokens),
    costUsd: conversation.some((run) => run.costUsd !== null) ? sum((run) => run.costUsd ?? 0) : null,
    turns: conversation.some((run) => run.turns !== null) ? sum((run) => run.turns ?? 0) : null,
  };
}

/** From the beginning of the conversation to its newest end that left a diff. What a check or a person does in the worktree later is no part of it. */
async function changesOf(conversation: readonly RunRow[]): Promise<VariantView['changes']> {
  const ended = conversation.findLast(({ status, treeAfter }) => isFinal(status) && treeAfter !== null);
  if (!ended) return null;
  const { files, truncated } = await readKeptDiff(runPlace(ended), 'conversation');
  const sum = (of: 'additions' | 'deletions') => files.reduce((total, file) => total + (file[of] ?? 0), 0);
  return { files: files.length, additions: sum('additions'), deletions: sum('deletions'), truncated };
}

function checkOf(variant: VariantRow): VariantCheck | null {
  if (variant.checkState === null) return null;
  return { state: variant.checkState, since: variant.checkSince, reason: variant.checkReason, exitCode: variant.checkExitCode, milliseconds: variant.checkMs, output: variant.checkOutput };
}
