import { and, eq } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { assertRoomToWork } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { adoptCached, findCached, findOwnArchive, keepArchive, shareArchive, type CachedResult } from '@/server/workspaces/setup/kept-archives';
import { packResult, unpackResult } from '@/server/workspaces/setup/setup-archive';
import { noteBeginning, readBeginning } from '@/server/workspaces/setup/setup-beginning';
import { forgetSetupCommand, runToGoodEnd } from '@/server/workspaces/setup/setup-command';
import { isSetUp, markSetUp } from '@/server/workspaces/setup/setup-mark';
import { hasDeletedFiles, homeStamp, type SetupPlace } from '@/server/workspaces/setup/setup-place';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export interface SetupRequest {
  workspace: WorkspaceRow;
  containerId: string;
  /** Called ten times a second while something is under way, with what it says at the moment. */
  onProgress: (line: string) => Promise<void>;
  signal: AbortSignal;
}

/**
 * Sets the workspace up by its script, where it has one: once for its files, and again when the script was changed. What an
 * earlier workspace of the same owner has got out of the same script, image and commits is taken over instead of running it
 * (docs/decisions/0012-setup-cache.md). Returns what to say about it in the checklist, or null. Throws `precondition` when
 * the script fails; the next start runs it again.
 */
export async function runSetupScript(engine: ContainerEngine, request: SetupRequest): Promise<string | null> {
  const place = await placeOf(engine, request);
  if (!place) return null;
  const { workspace } = place;
  if (workspace.setupDoneAt !== null) {
    if (await isSetUp(place)) return null;
    if (await restoreHome(place)) return finish(place, 'The container is new: what the script had put into the home directory is back.');
  }
  const { key, untouched } = await readBeginning(place);
  const cached = key !== null && untouched ? await findCached(workspace.ownerId, key) : null;
  if (cached && (await takeOver(place, cached))) {
    return finish(place, `From the cache of ${cached.keptAt.toISOString().slice(0, 16).replace('T', ' ')} UTC; the script did not run.`);
  }
  await noteBeginning(place, key);
  await runToGoodEnd(place);
  const shared = await keepResult(place, key);
  await failpoint('start.setup-kept');
  return finish(place, shared ? 'The result is kept for your next workspace with the same image, script and commit.' : null);
}

/** The row as it is now, not as it was when the task began: the clone has come in between. Null without a script, and for who was superseded. */
async function placeOf(engine: ContainerEngine, request: SetupRequest): Promise<SetupPlace | null> {
  const { id, fence } = request.workspace;
  const [workspace] = await database().select().from(workspaces).where(and(eq(workspaces.id, id), eq(workspaces.fence, fence)));
  if (!workspace || workspace.setupScript === null) return null;
  return { engine, ...request, workspace: { ...workspace, setupScript: workspace.setupScript } };
}

async function finish(place: SetupPlace, message: string | null): Promise<string | null> {
  const { id, fence, setupScript } = place.workspace;
  await markSetUp(place);
  await database()
    .update(workspaces)
    .set({ setupDoneAt: new Date() })
    // A script that was changed meanwhile has not run yet.
    .where(and(eq(workspaces.id, id), eq(workspaces.fence, fence), eq(workspaces.setupScript, setupScript)));
  await forgetSetupCommand(place);
  return message;
}

async function restoreHome(place: SetupPlace): Promise<boolean> {
  return ratherThanRunning(place, 'the home directory could not be put back', async () => {
    const archive = await findOwnArchive(place.workspace.id, await homeStamp(place));
    if (archive) await unpackResult(place, 'home', archive);
    return archive !== null;
  });
}

async function takeOver(place: SetupPlace, cached: CachedResult): Promise<boolean> {
  return ratherThanRunning(place, 'a kept result could not be taken over', async () => {
    await unpackResult(place, 'files and home', cached.file);
    await adoptCached(place.workspace.id, await homeStamp(place), cached);
    return true;
  });
}

/** Keeps the result for the day when the container is made anew and, under `key`, for further workspaces. True when it is shared. */
async function keepResult(place: SetupPlace, key: string | null): Promise<boolean> {
  return ratherThanRunning(place, 'the result could not be kept', async () => {
    const { workspace } = place;
    await assertRoomToWork(2 * env().ANYON_MIN_FREE_BYTES);
    const stamp = await homeStamp(place);
    const share = key !== null && !(await hasDeletedFiles(place));
    await packResult(place, share ? 'files and home' : 'home', workspace.clonedAt ?? workspace.createdAt, (file) => keepArchive(workspace.id, stamp, file));
    if (share) await shareArchive(workspace.ownerId, key, workspace.id, stamp);
    return share;
  });
}

/** A cache that fails costs time, never the workspace: the script itself is the way that always works. */
async function ratherThanRunning(place: SetupPlace, what: string, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    place.signal.throwIfAborted();
    log().warn({ workspaceId: place.workspace.id, reason: describeError(error) }, `set-up: ${what}`);
    return false;
  }
}
