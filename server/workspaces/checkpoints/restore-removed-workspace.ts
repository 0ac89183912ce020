import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { WorkspaceView } from '@/contract/workspace';
import { removedWorkspaces } from '@/db/schema';
import { database } from '@/server/database';
import { removeKeptWork } from '@/server/workspaces/checkpoints/kept-folder';
import { keptSettingsSchema, lockRemovedWorkspace } from '@/server/workspaces/checkpoints/removed-rows';
import { addWorkspace } from '@/server/workspaces/create-workspace';

/**
 * Makes a new workspace out of the kept work of a deleted one, with its settings, for the one who owned it. Answers at once;
 * the work comes back in the step that clones otherwise. Throws `not_found` for what is not the actor's, and for what was
 * restored already.
 */
export async function restoreRemovedWorkspace(actor: Actor, removedWorkspaceId: string): Promise<WorkspaceView> {
  return database().transaction(async (transaction) => {
    const removed = await lockRemovedWorkspace(transaction, actor, removedWorkspaceId);
    const { name, repositoryUrl, branch, ownerId } = removed;
    const view = await addWorkspace(actor, { ...keptSettingsSchema.parse(removed.settings), name, repositoryUrl, branch, ownerId, fromRemovedId: removed.id });
    await transaction.update(removedWorkspaces).set({ restoredAsId: view.id }).where(eq(removedWorkspaces.id, removed.id));
    return view;
  });
}

/** Deletes the kept work for good, at once. Throws `not_found` for what is not the actor's. */
export async function discardRemovedWorkspace(actor: Actor, removedWorkspaceId: string): Promise<void> {
  await database().transaction(async (transaction) => {
    const removed = await lockRemovedWorkspace(transaction, actor, removedWorkspaceId);
    await removeKeptWork(removed.workspaceId);
    await transaction.delete(removedWorkspaces).where(eq(removedWorkspaces.id, removed.id));
  });
}
