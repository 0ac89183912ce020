import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { diffFileSchema, type DiffBase, type DiffFile, type RunDiff } from '@/contract/review';
import { changedFileSchema } from '@/contract/run';
import { readExchangeFile } from '@/server/runs/exchange-file';
import type { RunPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import type { Masker } from '@/server/secrets/mask';
import { maskedBefore, plainWords, textOfMasked } from '@/server/secrets/masked-text';

export const MAX_PATCH_BYTES = 8 * 1024 * 1024;
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** What the wrapper says about the files of a diff. */
const fileListSchema = z.object({ files: z.array(diffFileSchema).max(5_000), truncated: z.boolean() });
export type FileList = z.infer<typeof fileListSchema>;

/** The wrapper's names of the two files of each diff; kept under the same ones. */
const names: Record<DiffBase, { patch: string; list: string }> = {
  run: { patch: 'diff.patch', list: 'changes.json' },
  conversation: { patch: 'conversation.patch', list: 'conversation.json' },
};

/** All files in which diffs of a run are kept. */
export const keptDiffNames = Object.values(names).flatMap(({ patch, list }) => [patch, list]);

/**
 * Moves the diffs of an attempt out of the container's reach, masked, and returns what the run's row says of them. An attempt without
 * one (killed, lost) leaves what was kept before. There is none for the conversation where it began with this run.
 */
export async function keepDiffs(place: RunPlace, masker: Masker): Promise<Pick<RunRow, 'changedFiles' | 'diffTruncated'> | null> {
  const list = await keepDiff(place, masker, 'run');
  if (!list) return null;
  const conversation = await keepDiff(place, masker, 'conversation');
  if (!conversation) await Promise.all(Object.values(names.conversation).map((name) => rm(path.join(place.log, name), { force: true })));
  return { changedFiles: list.files.map((file) => changedFileSchema.parse(file)), diffTruncated: list.truncated };
}

async function keepDiff(place: RunPlace, masker: Masker, against: DiffBase): Promise<FileList | null> {
  const name = names[against];
  const patch = await readExchangeFile(path.join(place.exchange, name.patch), MAX_PATCH_BYTES);
  if (!patch) return null;
  await writeFile(path.join(place.log, name.patch), masker.maskWhole(patch));
  const list = parseFileList(await readExchangeFile(path.join(place.exchange, name.list), MAX_LIST_BYTES), masker) ?? { files: [], truncated: true };
  await writeFile(path.join(place.log, name.list), masker.maskWhole(Buffer.from(JSON.stringify(list))));
  return list;
}

/** Null when it is no such list: written by the container, anything may be in it. Paths are masked again, for parsing has undone their escapes. */
export function parseFileList(bytes: Buffer | null, masker: Masker): FileList | null {
  if (!bytes) return null;
  const parsed = fileListSchema.safeParse(parseJson(textOfMasked(masker.maskWhole(bytes))));
  if (!parsed.success) return null;
  return { ...parsed.data, files: parsed.data.files.map((file) => withMaskedNames(file, masker)) };
}

function withMaskedNames(file: DiffFile, masker: Masker): DiffFile {
  return { ...file, path: masker.maskText(file.path), from: file.from === null ? null : masker.maskText(file.from) };
}

/** What was kept of a run, until retention removes it; empty where nothing was. */
export async function readKeptDiff(place: RunPlace, against: DiffBase): Promise<Pick<RunDiff, 'patch' | 'files' | 'truncated'>> {
  const own = await keptFile(place, names[against].patch);
  // The conversation began with this run: then its diff is the run's.
  const name = own === null && against === 'conversation' ? names.run : names[against];
  const patch = own ?? (await keptFile(place, name.patch));
  if (patch === null) return { patch: plainWords(''), files: [], truncated: false };
  const list = fileListSchema.safeParse(parseJson((await keptFile(place, name.list)) ?? ''));
  return { patch, ...(list.success ? list.data : { files: [], truncated: false }) };
}

async function keptFile(place: RunPlace, name: string) {
  try {
    return textOfMasked(maskedBefore(await readFile(path.join(place.log, name))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
