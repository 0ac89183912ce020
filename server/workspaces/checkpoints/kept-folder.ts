import { lstat, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { removedDir } from '@/server/deployment/paths';
import { commitSchema, treeNameSchema } from '@/server/workspaces/checkpoints/checkpoint-report';

/** Name of a bundle's file, in the exchange directory and here. */
const bundleNameSchema = z.string().regex(/^repository-[a-z]{1,3}\.bundle$/);

/** A repository in a bundle: what `anyon-run keep` says and `anyon-run bring-back` is told. The container's word, for a container. */
export const keptRepositorySchema = z.object({
  name: treeNameSchema,
  /** Null: there is not one commit in it. */
  bundle: bundleNameSchema.nullable(),
  format: z.enum(['sha1', 'sha256']),
  trees: z
    .array(
      z.object({
        name: treeNameSchema,
        branch: z.string().max(1024).nullable(),
        head: commitSchema.nullable(),
        commit: commitSchema.nullable(),
        staged: commitSchema.nullable(),
      }),
    )
    .min(1),
});
export type KeptRepository = z.infer<typeof keptRepositorySchema>;

const keptWorkSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bundle'), bytes: z.number(), repositories: z.array(keptRepositorySchema) }),
  /** `reason`: why no bundle holds it. */
  z.object({ kind: z.literal('files'), bytes: z.number(), reason: z.string() }),
]);
/** What `<data>/removed/<workspaceId>/kept.json` says about the folder that it lies in. */
export type KeptWork = z.infer<typeof keptWorkSchema>;

/** The kept work of a deleted workspace as it lies on disk; null when nothing is kept. A folder of that name is always whole: it gets it last. */
export async function readKeptWork(workspaceId: string): Promise<KeptWork | null> {
  try {
    return keptWorkSchema.parse(JSON.parse(await readFile(path.join(removedDir(workspaceId), 'kept.json'), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Where kept work is put together before it gets its name. */
export function incomingDir(workspaceId: string): string {
  return removedDir(`${workspaceId}-incoming`);
}

/** Files that an earlier try has moved there already: their old place is empty, so they must not be thrown away. */
export async function hasIncomingFiles(workspaceId: string): Promise<boolean> {
  return exists(path.join(incomingDir(workspaceId), 'files'));
}

/** An empty folder; whatever an earlier try has left half-made goes. Never called when files lie there. */
export async function openIncoming(workspaceId: string): Promise<string> {
  const folder = incomingDir(workspaceId);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Says what the folder will hold. From here on no byte of disk is needed to finish it. */
export async function describeIncoming(workspaceId: string, work: KeptWork): Promise<void> {
  const file = path.join(incomingDir(workspaceId), 'kept.json');
  await writeFile(file, JSON.stringify(work), { mode: 0o600 });
  await sync(file);
  await sync(path.dirname(file));
}

/** Gives the folder, which is complete, its name; returns what it holds. */
export async function finishIncoming(workspaceId: string): Promise<KeptWork | null> {
  const folder = incomingDir(workspaceId);
  await sync(folder);
  await rename(folder, removedDir(workspaceId));
  await sync(path.dirname(folder));
  return readKeptWork(workspaceId);
}

/** Deletes the kept work for good; absent is fine. */
export async function removeKeptWork(workspaceId: string): Promise<void> {
  await rm(removedDir(workspaceId), { recursive: true, force: true });
}

/** Names of all folders among the kept work. */
export async function keptFolders(): Promise<string[]> {
  try {
    return await readdir(path.dirname(removedDir('x')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
