import { lstat } from 'node:fs/promises';
import { and, eq, exists, inArray, isNotNull, lt, or, sql } from 'drizzle-orm';
import { removedWorkspaces, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { removedDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { log } from '@/server/log';
import { keptFolders, removeKeptWork } from '@/server/workspaces/checkpoints/kept-folder';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Deletes kept work whose days are over, and what a restored workspace has taken over since it has been up. Folders first,
 * then rows, so a crash in between leaves something that is found again. Returns how many were deleted.
 */
export async function sweepRemovedWork(): Promise<number> {
  const over = await workThatIsOver();
  for (const work of over) await discardWork(work);
  return over.length + (await sweepFoldersWithoutRow());
}

/** Kept work that nobody can have back any more, or that somebody has back. */
export async function workThatIsOver() {
  const { id, workspaceId, name, bytes } = removedWorkspaces;
  const takenOver = exists(
    database()
      .select({ id: workspaces.id })
      .from(workspaces)
      .where(and(eq(workspaces.fromRemovedId, removedWorkspaces.id), isNotNull(workspaces.clonedAt))),
  );
  return database()
    .select({ id, workspaceId, name, bytes })
    .from(removedWorkspaces)
    .where(or(and(lt(removedWorkspaces.keptUntil, sql`now()`), sql`not ${isBeingRestored}`), takenOver));
}

/** Deletes it for good: the folder, then the row. */
export async function discardWork({ id, workspaceId }: { id: string; workspaceId: string }): Promise<void> {
  await removeKeptWork(workspaceId);
  await database().delete(removedWorkspaces).where(eq(removedWorkspaces.id, id));
  log().info({ workspaceId }, 'workspace: its kept work is deleted');
}

/** A restored workspace has not been up yet: it still needs what is kept, whatever the calendar says. */
export const isBeingRestored = sql`exists (select from workspaces where workspaces.from_removed_id = removed_workspaces.id and workspaces.cloned_at is null)`;

/** What a crash has left behind without a row: work that nobody can have back. It gets the same number of days. */
async function sweepFoldersWithoutRow(): Promise<number> {
  const folders = (await keptFolders()).filter((name) => /^[0-9a-f-]{36}(-incoming)?$/.test(name));
  if (folders.length === 0) return 0;
  const ids = folders.map((name) => name.slice(0, 36));
  const [kept, living] = await Promise.all([
    database().select({ id: removedWorkspaces.workspaceId }).from(removedWorkspaces).where(inArray(removedWorkspaces.workspaceId, ids)),
    database().select({ id: workspaces.id }).from(workspaces).where(inArray(workspaces.id, ids)),
  ]);
  const known = new Set([...kept, ...living].map(({ id }) => id));
  let swept = 0;
  for (const name of folders) {
    if (known.has(name.slice(0, 36)) || (await ageInDays(name)) <= Math.max(1, env().ANYON_BUNDLE_KEEP_DAYS)) continue;
    await removeKeptWork(name);
    swept += 1;
    log().info({ folder: name }, 'workspace: kept work without a row is deleted');
  }
  return swept;
}

async function ageInDays(name: string): Promise<number> {
  return (Date.now() - (await lstat(removedDir(name))).mtimeMs) / DAY_MS;
}
