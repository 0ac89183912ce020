import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { repositoryName } from '@/contract/repository';
import { workspaceLimitsSchema, type CreateWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { assertFreeSpace } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { enqueueWorkspaceTask } from '@/server/queue/queue';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/**
 * Writes the row and the durable task that makes the container, in one transaction, and answers at once (< 3 s); the
 * checklist in the row says how far it is. Refuses before anything is written when Docker does not answer or the disk is
 * nearly full, so that nothing half-made stays behind.
 */
export async function createWorkspace(actor: Actor, input: CreateWorkspaceInput): Promise<WorkspaceView> {
  await assertFreeSpace(env().dataDir, env().ANYON_MIN_FREE_BYTES);
  await containerEngine().version(AbortSignal.timeout(2_000));

  const id = uuidv7();
  await database().transaction(async (transaction) => {
    await transaction.insert(workspaces).values({
      id,
      ownerId: actor.userId,
      name: input.name ?? repositoryName(input.repositoryUrl),
      repositoryUrl: input.repositoryUrl,
      branch: input.branch ?? null,
      image: env().ANYON_CLOUD_IMAGE,
      ...workspaceLimitsSchema.parse(input.limits ?? {}),
      status: 'creating',
      steps: freshSteps(),
      fence: 1,
    });
    await enqueueWorkspaceTask(transaction, { task: 'create', workspaceId: id, fence: 1 });
  });
  return getWorkspace(await requireWorkspaceAccess(actor, id));
}
