import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { and, eq } from 'drizzle-orm';
import { retentionUnfinished, runEvents } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { failpoint } from '@/server/failpoint';
import { keptDiffNames } from '@/server/runs/review/kept-diff';

export interface Guard {
  /** Whether this process is still the one that acts. */
  mayAct: () => Promise<boolean>;
  signal: AbortSignal;
}

type Unfinished = typeof retentionUnfinished.$inferSelect;

const isLogFile = (name: string) => /^(?:out|err)\.(?:log|idx(?:\.[0-9a-f]+)?)$/.test(name);
const isDiffFile = (name: string) => keptDiffNames.includes(name);
const AT_ONCE = 50;

/** Removes what rows say is removed and is still there, also what a worker before this one has marked. Safe to repeat and to interrupt. */
export async function finishRemovals({ mayAct, signal }: Guard): Promise<void> {
  for (;;) {
    const some = await database().select().from(retentionUnfinished).limit(AT_ONCE);
    if (some.length === 0) return;
    for (const one of some) {
      signal.throwIfAborted();
      if (!(await mayAct())) return;
      await finish(one);
    }
  }
}

async function finish({ runId, kind }: Unfinished): Promise<void> {
  if (kind === 'conversations') await database().delete(runEvents).where(eq(runEvents.runId, runId));
  await removeFiles(runLogDir(runId), kind === 'logs' ? isLogFile : isDiffFile);
  await failpoint('retention.files-removed');
  await database().delete(retentionUnfinished).where(and(eq(retentionUnfinished.runId, runId), eq(retentionUnfinished.kind, kind)));
}

async function removeFiles(folder: string, which: (name: string) => boolean): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter(which)) await rm(path.join(folder, name), { force: true });
  // What else somebody has put there stays.
  if (names.length > 0) await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}
