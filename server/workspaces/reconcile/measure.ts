import { opendir, lstat } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '@/server/workspaces/reconcile/finding';

/** Sizes are for people: nobody waits longer for them, and no directory may keep the worker busy. */
const LONGEST_MS = 3_000;
const MOST_ENTRIES = 200_000;

/** Adds to each finding that removes a directory how much disk it frees; null where counting would take too long. */
export async function measureFindings(findings: readonly Finding[]): Promise<Finding[]> {
  const budget = { until: Date.now() + LONGEST_MS, entries: MOST_ENTRIES };
  const measured: Finding[] = [];
  for (const found of findings) {
    const directory = found.effect?.do === 'remove-directory' ? found.effect.path : found.effect?.do === 'remove-worktree' ? found.name : null;
    measured.push(directory === null ? found : { ...found, freesBytes: await sizeOf(directory, budget) });
  }
  return measured;
}

interface Budget {
  until: number;
  entries: number;
}

/** Bytes on disk below a directory; links are counted, never followed, and a file with several names counts once. */
async function sizeOf(directory: string, budget: Budget): Promise<number | null> {
  const seen = new Set<number>();
  const waiting = [directory];
  let bytes = 0;
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    try {
      for await (const entry of await opendir(place)) {
        if (--budget.entries < 0 || Date.now() > budget.until) return null;
        const file = path.join(place, entry.name);
        const stats = await lstat(file);
        if (stats.isDirectory()) waiting.push(file);
        if (stats.nlink > 1 && !stats.isDirectory()) {
          if (seen.has(stats.ino)) continue;
          seen.add(stats.ino);
        }
        bytes += stats.blocks * 512;
      }
    } catch (error) {
      if (!isGone(error)) return null;
    }
  }
  return bytes;
}

/** It may be removed by its owner while it is counted. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
