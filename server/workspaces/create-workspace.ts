import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { repositoryName } from '@/contract/repository';
import type { CreateWorkspaceInput, WorkspaceView } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { assertRoomToWork } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { openSender } from '@/server/queue/queue';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { assertEngineAnswers } from '@/server/workspaces/engine-answers';
import { addTask } from '@/server/workspaces/tasks/request-task';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { findTemplate } from '@/server/workspaces/templates/templates';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { newWorkspaceSettings, type WorkspaceSettings } from '@/server/workspaces/workspace-settings';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** What a new workspace is made of. */
type NewWorkspace = WorkspaceSettings & Pick<WorkspaceRow, 'name' | 'repositoryUrl' | 'branch' | 'extraRepositories'> & Partial<Pick<WorkspaceRow, 'fromRemovedId' | 'ownerId'>>;

/** A workspace as its creator asked for it; what they left open comes from the template, else from the install. */
export async function createWorkspace(actor: Actor, input: CreateWorkspaceInput): Promise<WorkspaceView> {
  const template = input.templateId ? await findTemplate(input.templateId) : null;
  return addWorkspace(actor, {
    ...newWorkspaceSettings(input, template),
    name: input.name ?? repositoryName(input.repositoryUrl),
    repositoryUrl: input.repositoryUrl,
    branch: input.branch ?? null,
    extraRepositories: input.extraRepositories,
  });
}

/**
 * Writes the row and the durable task that makes the container, in one transaction, and answers at once; the checklist in
 * the row says how far it is. Refuses before anything is written when Docker does not answer or the disk is nearly full, so
 * that nothing half-made stays behind. What is asked beforehand is asked side by side: the answer comes within 3 s also
 * when Docker accepts the question and says nothing.
 */
export async function addWorkspace(actor: Actor, workspace: NewWorkspace): Promise<WorkspaceView> {
  await Promise.all([assertRoomToWork(env().ANYON_MIN_FREE_BYTES), assertEngineAnswers(), openSender()]);

  const id = uuidv7();
  await database().transaction(async (transaction) => {
    const [row] = await transaction
      .insert(workspaces)
      .values({ ownerId: actor.userId, ...workspace, id, status: 'creating', steps: freshSteps() })
      .returning();
    if (!row) throw new AnyonError('internal', 'The workspace could not be written. Try again.');
    await addTask(transaction, row, { workspaceId: id, kind: 'create', cause: 'person', requestedById: actor.userId });
  });
  return getWorkspace(await requireWorkspaceAccess(actor, id));
}
