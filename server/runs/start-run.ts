import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { RunView, StartRunInput } from '@/contract/run';
import type { WorkspaceStatus } from '@/contract/workspace';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { assertFreeSpace } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { enqueueRun } from '@/server/queue/queue';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { claudeSource } from '@/server/secrets/claude-source';
import type { WorkspaceAccess } from '@/server/workspaces/access';

const nextStep: Partial<Record<WorkspaceStatus, string>> = {
  creating: 'Wait until its checklist is done.',
  unknown: 'Wait until Docker answers again.',
};

/** Writes the run as `queued` together with the job that starts it, in one transaction, and answers at once. The workspace must be running. */
export async function startRun(access: WorkspaceAccess, input: Omit<StartRunInput, 'workspaceId'>): Promise<RunView> {
  const { workspace, actor } = access;
  if (workspace.status !== 'running') {
    throw new AnyonError('precondition', `The workspace is ${workspace.status}, not running. ${nextStep[workspace.status] ?? 'Start it first.'}`);
  }
  await assertFreeSpace(env().dataDir, env().ANYON_MIN_FREE_BYTES);

  const id = uuidv7();
  await database().transaction(async (transaction) => {
    const [counted] = await transaction
      .update(workspaces)
      .set({ nextRunNumber: sql`${workspaces.nextRunNumber} + 1` })
      .where(eq(workspaces.id, workspace.id))
      .returning({ next: workspaces.nextRunNumber });
    if (!counted) throw new AnyonError('not_found', 'This workspace has been deleted.');
    const number = counted.next - 1;
    await transaction.insert(runs).values({
      id,
      workspaceId: workspace.id,
      startedById: actor.userId,
      number,
      prompt: input.prompt,
      model: input.model ?? null,
      simulated: claudeSource().kind === 'simulator',
      branch: `anyon/run-${number}-${id.slice(-6)}`,
      claudeSessionId: randomUUID(),
      status: 'queued',
    });
    await enqueueRun(transaction, { runId: id });
  });
  return getRun(await requireRunAccess(actor, id));
}
