import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { MaskedText } from '@/contract/masked-text';
import type { StartVariantsInput, VariantGroup } from '@/contract/variant';
import { runVariants, variantGroups } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { assertMayBegin, branchOf, holdWorkspace, insertRun, prepareRun } from '@/server/runs/start-run';
import { requireVariantAccess } from '@/server/runs/variants/access';
import { readVariants } from '@/server/runs/variants/read-variants';
import { personMasker } from '@/server/secrets/person-masker';
import type { WorkspaceAccess } from '@/server/workspaces/access';

/**
 * Starts one prompt several times: a run for each model that was named, each in a worktree, branch and Claude session of its own. All rows
 * and jobs are one transaction, so there are all variants or none. The workspace must be running.
 */
export async function startVariants(access: WorkspaceAccess, input: Omit<StartVariantsInput, 'workspaceId'>): Promise<VariantGroup> {
  const { actor, workspace } = access;
  await assertMayBegin(workspace);
  const groupId = uuidv7();
  const checkCommand = input.checkCommand === undefined ? null : await withoutSecret(actor.userId, input.checkCommand);
  const variants = await Promise.all(input.models.map(async (model) => ({ model, claudeSessionId: randomUUID(), prepared: await prepareRun(actor.userId, input.prompt) })));
  const { permissionMode = 'bypassPermissions', maxTurns = null, budgetUsd = null } = input;
  await database().transaction(async (transaction) => {
    await holdWorkspace(transaction, workspace.id);
    await transaction.insert(variantGroups).values({ id: groupId, workspaceId: workspace.id, createdById: actor.userId, checkCommand, checkMinutes: input.checkMinutes });
    for (const [index, { model, claudeSessionId, prepared }] of variants.entries()) {
      await insertRun(transaction, workspace.id, prepared, (number) => ({ model, permissionMode, maxTurns, budgetUsd, branch: branchOf(prepared.id, number), claudeSessionId }));
      const checkState = checkCommand === null ? null : 'waiting';
      await transaction.insert(runVariants).values({ runId: prepared.id, groupId, position: index + 1, claudeSessionId, checkState });
    }
  });
  return readVariants(await requireVariantAccess(actor, groupId));
}

/** A check is kept for good and shown, so a secret has no place in it. */
async function withoutSecret(userId: string, command: string): Promise<MaskedText> {
  const masked = (await personMasker(userId)).maskText(command);
  if (masked !== command) throw new AnyonError('invalid', 'The check holds one of your secrets. Take it out: checks run without secrets.');
  return masked;
}
