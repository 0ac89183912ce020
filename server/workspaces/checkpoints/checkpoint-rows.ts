import { and, desc, eq, inArray, notInArray } from 'drizzle-orm';
import { z } from 'zod';
import { checkpointViewSchema, type CheckpointView } from '@/contract/checkpoint';
import { checkpoints, runs } from '@/db/schema';
import { database } from '@/server/database';
import type { FoundCheckpoint, FoundCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-report';

export type CheckpointRow = typeof checkpoints.$inferSelect;

/** Makes the rows of a workspace say what its repositories hold. Safe to repeat: whatever a crash has left out comes with the next one. */
export async function storeCheckpoints(workspaceId: string, found: FoundCheckpoints): Promise<void> {
  await database().transaction(async (transaction) => {
    const values = found.checkpoints.map((checkpoint) => toRow(workspaceId, checkpoint));
    for (let from = 0; from < values.length; from += 500) {
      await transaction.insert(checkpoints).values(values.slice(from, from + 500)).onConflictDoNothing();
    }
    if (!found.complete) return;
    const ids = found.checkpoints.map(({ id }) => id);
    await transaction.delete(checkpoints).where(and(eq(checkpoints.workspaceId, workspaceId), ids.length > 0 ? notInArray(checkpoints.id, ids) : undefined));
  });
}

function toRow(workspaceId: string, { id, name, ref, commit, cause, files, at }: FoundCheckpoint): CheckpointRow {
  return { id, workspaceId, runId: runOf(name), cause, ref, commit, changedFiles: files, createdAt: new Date(at * 1000) };
}

function runOf(name: string): string | null {
  const folder = /^worktrees\/(.+)$/.exec(name)?.[1];
  return z.uuid().safeParse(folder).data ?? null;
}

/** The working tree that a checkpoint is of, by the name that the wrapper knows it by. */
export function treeOf({ ref }: Pick<CheckpointRow, 'ref'>): string {
  const encoded = ref.slice('refs/anyon/checkpoints/'.length).split('/').slice(0, -1).join('/');
  return encoded.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
}

/** The checkpoints of a workspace, newest first; of these commits alone when they are given. */
export async function readCheckpoints(workspaceId: string, commits?: readonly string[]): Promise<CheckpointView[]> {
  if (commits?.length === 0) return [];
  const rows = await database()
    .select({ checkpoint: checkpoints, runNumber: runs.number })
    .from(checkpoints)
    .leftJoin(runs, and(eq(runs.id, checkpoints.runId), eq(runs.workspaceId, checkpoints.workspaceId)))
    .where(and(eq(checkpoints.workspaceId, workspaceId), commits && inArray(checkpoints.commit, [...commits])))
    .orderBy(desc(checkpoints.createdAt), desc(checkpoints.id));
  return rows.map(({ checkpoint, runNumber }) => checkpointViewSchema.parse({ ...checkpoint, tree: treeOf(checkpoint), runNumber }));
}
