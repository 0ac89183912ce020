import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { workspaceSetupDir } from '@/server/deployment/paths';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { resultKey, scriptHash, type SetupPlace } from '@/server/workspaces/setup/setup-place';

const shape = z.object({ script: z.string(), key: z.string().nullable() });

/** What is known from before the script did anything. */
export interface SetupBeginning {
  /** Under which name the result may be shared with further workspaces; null when it would not be the script's alone. */
  key: string | null;
  /** True when no script has begun in these files: only then may somebody else's result be put there. */
  untouched: boolean;
}

/**
 * The result of a set-up is the script's alone when it began in a fresh clone: nobody has worked there, and no other script
 * has. Commits are noted before it begins, for a later attempt of the same script would find what it has moved on to.
 */
export async function readBeginning(place: SetupPlace): Promise<SetupBeginning> {
  const { workspace } = place;
  const noted = await readNote(workspace.id);
  if (noted) return { key: noted.script === scriptHash(workspace.setupScript) ? noted.key : null, untouched: false };
  const fresh = workspace.clonedAt !== null && workspace.setupDoneAt === null && workspace.nextRunNumber === 1 && workspace.fromRemovedId === null;
  return fresh ? { key: await keyIfKnown(place), untouched: true } : { key: null, untouched: false };
}

async function keyIfKnown(place: SetupPlace): Promise<string | null> {
  try {
    return await resultKey(place);
  } catch (error) {
    place.signal.throwIfAborted();
    log().warn({ workspaceId: place.workspace.id, reason: describeError(error) }, 'set-up: nothing can be shared');
    return null;
  }
}

/** Written before the script is launched. */
export async function noteBeginning({ workspace }: SetupPlace, key: string | null): Promise<void> {
  await mkdir(workspaceSetupDir(workspace.id), { recursive: true, mode: 0o700 });
  const temporary = `${noteFile(workspace.id)}.new`;
  await writeFile(temporary, JSON.stringify({ script: scriptHash(workspace.setupScript), key }), { mode: 0o600 });
  await rename(temporary, noteFile(workspace.id));
}

async function readNote(workspaceId: string): Promise<z.infer<typeof shape> | null> {
  try {
    return shape.parse(JSON.parse(await readFile(noteFile(workspaceId), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function noteFile(workspaceId: string): string {
  return path.join(workspaceSetupDir(workspaceId), 'begun.json');
}
