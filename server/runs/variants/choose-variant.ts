import { eq, sql } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import type { VariantGroup } from '@/contract/variant';
import type { DatabaseOrTransaction } from '@/db/client';
import { runVariants, variantGroups, workspaces } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { requireRunAccess } from '@/server/runs/access';
import { newestRunOf } from '@/server/runs/next-run';
import { askToStop } from '@/server/runs/stop-run';
import type { VariantAccess, VariantGroupRow } from '@/server/runs/variants/access';
import { readVariants, type VariantRow } from '@/server/runs/variants/read-variants';

/**
 * Chooses the variant that began with this run: the others are archived, and those that still work are stopped first. Choosing another one
 * later brings that one back and archives this. Choosing the same again archives what was restored meanwhile, and else changes nothing.
 * Throws `conflict` while the chosen one is at work.
 */
export async function chooseVariant(access: VariantAccess, runId: string): Promise<VariantGroup> {
  await database().transaction(async (tx) => {
    const { group, variants } = await lockGroup(tx, access);
    const chosen = requireVariant(variants, runId);
    await assertOver(tx, access, chosen);
    const others = variants.filter((variant) => variant !== chosen && variant.archivedAt === null);
    for (const other of others) await stop(tx, access, other);
    for (const other of others) await archive(tx, other, access.actor.userId);
    await bringBack(tx, chosen);
    if (group.chosenRunId === runId) return;
    await tx.update(variantGroups).set({ chosenRunId: runId, chosenAt: sql`now()`, chosenById: access.actor.userId }).where(eq(variantGroups.id, group.id));
    await tellAll(tx, group);
    await note(tx, access, 'variant_chosen', chosen, variants);
  });
  return readVariants(access);
}

/** Takes the choice back: every variant is open again. Safe to repeat. */
export async function unchooseVariant(access: VariantAccess): Promise<VariantGroup> {
  await database().transaction(async (tx) => {
    const { group, variants } = await lockGroup(tx, access);
    for (const variant of variants) await bringBack(tx, variant);
    if (group.chosenRunId === null) return;
    const before = variants.find((variant) => variant.runId === group.chosenRunId);
    await tx.update(variantGroups).set({ chosenRunId: null, chosenAt: null, chosenById: null }).where(eq(variantGroups.id, group.id));
    await tellAll(tx, group);
    if (before) await note(tx, access, 'variant_choice_undone', before, variants);
  });
  return readVariants(access);
}

/** Brings one archived variant back, beside the chosen one: its files as they were when they were put away. Safe to repeat. */
export async function restoreVariant(access: VariantAccess, runId: string): Promise<VariantGroup> {
  await database().transaction(async (tx) => {
    const { variants } = await lockGroup(tx, access);
    const variant = requireVariant(variants, runId);
    await bringBack(tx, variant);
    if (variant.archivedAt !== null) await note(tx, access, 'variant_restored', variant, variants);
  });
  return readVariants(access);
}

/** In the order in which everybody locks: the workspace (as whoever adds a run does), the group, its variants. */
async function lockGroup(tx: DatabaseOrTransaction, access: VariantAccess): Promise<{ group: VariantGroupRow; variants: VariantRow[] }> {
  await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, access.workspace.id)).for('update');
  const [group] = await tx.select().from(variantGroups).where(eq(variantGroups.id, access.group.id)).for('update');
  if (!group) throw new AnyonError('not_found', 'These variants have been deleted with their workspace.');
  return { group, variants: await tx.select().from(runVariants).where(eq(runVariants.groupId, group.id)).orderBy(runVariants.position).for('update') };
}

function requireVariant(variants: readonly VariantRow[], runId: string): VariantRow {
  const variant = variants.find((one) => one.runId === runId);
  if (!variant) throw new AnyonError('not_found', 'There is no such variant in this group.');
  return variant;
}

async function assertOver(tx: DatabaseOrTransaction, { workspace }: VariantAccess, { claudeSessionId, position }: VariantRow): Promise<void> {
  const newest = await newestRunOf(tx, { workspaceId: workspace.id, claudeSessionId });
  if (!isFinal(newest.status)) throw new AnyonError('conflict', `Variant ${position} is still at work. Wait for its end, or stop it, then choose it.`);
}

async function stop(tx: DatabaseOrTransaction, { actor, workspace }: VariantAccess, { claudeSessionId }: VariantRow): Promise<void> {
  const newest = await newestRunOf(tx, { workspaceId: workspace.id, claudeSessionId });
  if (!isFinal(newest.status)) await askToStop(tx, await requireRunAccess(actor, newest.id));
}

async function archive(tx: DatabaseOrTransaction, { runId }: VariantRow, archivedById: string): Promise<void> {
  await tx.update(runVariants).set({ archivedAt: sql`now()`, archivedById, worktreeProblem: null }).where(eq(runVariants.runId, runId));
}

/** What the worker makes of it follows (move-worktrees.ts); a problem of before is tried again. */
async function bringBack(tx: DatabaseOrTransaction, { runId, archivedAt, worktreeProblem }: VariantRow): Promise<void> {
  if (archivedAt === null && worktreeProblem === null) return;
  await tx.update(runVariants).set({ archivedAt: null, archivedById: null, worktreeProblem: null }).where(eq(runVariants.runId, runId));
}

/** The choice is news for the pages of all of them (trigger `touch_conversation`). */
async function tellAll(tx: DatabaseOrTransaction, { id }: VariantGroupRow): Promise<void> {
  await tx.update(runVariants).set({ position: sql`${runVariants.position}` }).where(eq(runVariants.groupId, id));
}

type Decision = 'variant_chosen' | 'variant_restored' | 'variant_choice_undone';

async function note(tx: DatabaseOrTransaction, { actor, workspace }: VariantAccess, action: Decision, { runId, position }: VariantRow, all: readonly VariantRow[]): Promise<void> {
  await recordAudit(tx, { action, actor, subject: { id: runId, name: `${workspace.name}: variant ${position} of ${all.length}` } });
}
