import path from 'node:path';
import { readExchangeFile } from '@/server/runs/exchange-file';
import type { RunPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';

/** The commits that the wrapper has written down so far: `base` is what was checked out, the others are the working tree with what nobody had committed. */
export async function reportedTrees(place: RunPlace): Promise<Record<'base' | 'before' | 'after', string | null>> {
  const [base, before, after] = await Promise.all(['base', 'before', 'after'].map((name) => readCommit(path.join(place.exchange, name))));
  // Killed before it could be written down: then nothing had been changed yet.
  return { base: base ?? null, before: before ?? base ?? null, after: after ?? null };
}

/** What the row says of them at the end of an attempt. Where the run began stays what it was with its first attempt. */
export async function treeColumns(run: Pick<RunRow, 'baseCommit' | 'treeBefore' | 'treeAfter'>, place: RunPlace): Promise<Pick<RunRow, 'baseCommit' | 'treeBefore' | 'treeAfter'>> {
  const trees = await reportedTrees(place);
  return { baseCommit: run.treeBefore === null ? (trees.base ?? run.baseCommit) : (run.baseCommit ?? trees.base), treeBefore: run.treeBefore ?? trees.before, treeAfter: trees.after ?? run.treeAfter };
}

/** The container's word: only what looks like the id of a commit is taken for one. */
async function readCommit(file: string): Promise<string | null> {
  const text = (await readExchangeFile(file, 128))?.toString('latin1').trim();
  return text && /^[0-9a-f]{40,64}$/.test(text) ? text : null;
}
