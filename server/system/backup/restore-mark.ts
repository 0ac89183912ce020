import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

const markSchema = z.strictObject({
  /** Names what is put beside: a folder, and schemas of a database of your own. Null: there was nothing. */
  aside: z.string().regex(/^before-restore-[0-9-]+$/).nullable(),
  /** `moving`: what was there is going aside. `filling`: what is there comes from the backup and may be thrown away. */
  phase: z.enum(['moving', 'filling']),
});
/** Says that a restore has begun and is not done. While it lies there, Anyon does not start. */
export type RestoreMark = z.infer<typeof markSchema>;

function markFile(): string {
  return path.join(env().dataDir, 'restoring.json');
}

/** Null when no restore is under way. */
export async function readRestoreMark(): Promise<RestoreMark | null> {
  try {
    return markSchema.parse(JSON.parse(await readFile(markFile(), 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export async function writeRestoreMark(mark: RestoreMark): Promise<void> {
  const partial = `${markFile()}.${process.pid}`;
  await writeFile(partial, JSON.stringify(mark), { mode: 0o600, flush: true });
  await rename(partial, markFile());
}

export async function removeRestoreMark(): Promise<void> {
  await rm(markFile(), { force: true });
}

/** Throws while a restore has not come to its end: half of a backup must not be worked on. */
export async function assertNoRestoreUnderWay(): Promise<void> {
  if ((await readRestoreMark()) === null) return;
  throw new AnyonError('precondition', 'A restore was interrupted, so the data is not whole. Run `npm run restore -- <file>` again, then start.');
}
