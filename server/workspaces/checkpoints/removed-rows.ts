import { and, desc, eq, gt, notExists, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { removedWorkspaceSchema, type RemovedWorkspace } from '@/contract/checkpoint';
import { egressLevels } from '@/contract/egress';
import { recoveryFallbacks } from '@/contract/recovery';
import { extraRepositoriesSchema } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { removedWorkspaces, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { mayUse } from '@/server/workspaces/access';
import type { KeptWork } from '@/server/workspaces/checkpoints/kept-folder';
import { settingsOf } from '@/server/workspaces/workspace-settings';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export type RemovedRow = typeof removedWorkspaces.$inferSelect;

/** What of a workspace's row a restored one is made with. */
export const keptSettingsSchema = z.object({
  memoryBytes: z.number(),
  cpus: z.number(),
  pids: z.number(),
  diskBytes: z.number().nullable(),
  image: z.string(),
  egressLevel: z.enum(egressLevels),
  egressHosts: z.array(z.string()),
  recoveryMaxRetries: z.number(),
  recoveryBackoffSeconds: z.number(),
  recoveryFallback: z.enum(recoveryFallbacks),
  setupScript: z.string().nullable(),
  idleStopMinutes: z.number().nullable(),
  extraRepositories: extraRepositoriesSchema,
});

/** Writes the row of kept work, once; the days count from now. */
export async function writeRemovedWorkspace(workspace: WorkspaceRow, kept: KeptWork): Promise<void> {
  const { id: workspaceId, ownerId, name, repositoryUrl, branch, extraRepositories } = workspace;
  const settings: z.infer<typeof keptSettingsSchema> = { ...settingsOf(workspace), extraRepositories };
  const keptUntil = sql`now() + make_interval(days => ${env().ANYON_BUNDLE_KEEP_DAYS})`;
  await database()
    .insert(removedWorkspaces)
    .values({ id: uuidv7(), workspaceId, ownerId, name, repositoryUrl, branch, settings, kind: kept.kind, bytes: kept.bytes, keptUntil })
    .onConflictDoNothing();
}

/** Whether it can be had back: its days are not over, the workspace is really gone, and none that has come out of it is there. */
function isOpen() {
  const inTheWay = database()
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(or(eq(workspaces.id, removedWorkspaces.workspaceId), eq(workspaces.fromRemovedId, removedWorkspaces.id)));
  return and(gt(removedWorkspaces.keptUntil, sql`now()`), notExists(inTheWay));
}

/** The deleted workspaces that the actor may have back, newest first. */
export async function listRemovedWorkspaces(actor: Actor): Promise<RemovedWorkspace[]> {
  const rows = await database()
    .select({ removed: removedWorkspaces, login: users.login })
    .from(removedWorkspaces)
    .innerJoin(users, eq(users.id, removedWorkspaces.ownerId))
    .where(and(isOpen(), actor.role === 'admin' ? undefined : eq(removedWorkspaces.ownerId, actor.userId)))
    .orderBy(desc(removedWorkspaces.removedAt));
  return rows.map(({ removed, login }) => removedWorkspaceSchema.parse({ ...removed, owner: { id: removed.ownerId, login } }));
}

/** One that the actor may have back, locked for the caller's transaction. For everybody else it does not exist: the same `not_found` as for an id that was never given out. */
export async function lockRemovedWorkspace(transaction: DatabaseOrTransaction, actor: Actor, removedWorkspaceId: string): Promise<RemovedRow> {
  const [row] = await transaction
    .select()
    .from(removedWorkspaces)
    .where(and(eq(removedWorkspaces.id, removedWorkspaceId), isOpen()))
    .for('update');
  if (row && mayUse(actor, row)) return row;
  throw new AnyonError('not_found', 'There is no such deleted workspace, it is not yours, or its time is over.');
}
