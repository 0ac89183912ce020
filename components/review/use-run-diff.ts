'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { DiffBase, RunDiff } from '@/contract/review';
import { isFinal, type RunView } from '@/contract/run';
import { fileTree, inTreeOrder } from '@/components/review/file-tree';
import { readPatch, type PatchFile } from '@/components/review/parse-patch';
import { useTRPC } from '@/components/trpc/trpc';

const LIVE_EVERY_MS = 5_000;

/** What was read last, of the few diffs that somebody goes back and forth between. */
const readBefore = new Map<string, PatchFile[]>();
const MOST_KEPT = 4;

function readLikeBefore(key: string, { patch, files }: Pick<RunDiff, 'patch' | 'files'>): PatchFile[] {
  const read = readPatch(patch, files, readBefore.get(key));
  readBefore.delete(key);
  readBefore.set(key, read);
  for (const old of [...readBefore.keys()].slice(0, -MOST_KEPT)) readBefore.delete(old);
  return read;
}

/** The diff of a run and its files in the order of their tree. While the run works it is fetched again every few seconds; a file that is the same stays the same object. */
export function useRunDiff(run: RunView, against: DiffBase) {
  const trpc = useTRPC();
  const final = isFinal(run.status);
  const diff = useQuery({
    ...trpc.runs.diff.queryOptions({ runId: run.id, against }, { refetchInterval: final || run.status === 'parked' ? false : LIVE_EVERY_MS, staleTime: final ? 60_000 : LIVE_EVERY_MS }),
    enabled: run.status !== 'queued',
    placeholderData: keepPreviousData,
  });
  const { refetch } = diff;
  const seen = useRef(run.status);
  useEffect(() => {
    if (seen.current === run.status) return;
    seen.current = run.status;
    if (run.status !== 'queued') void refetch(); // what was kept at the end is another one than the last live one
  }, [refetch, run.status]);
  const files = useMemo(() => (diff.data ? inTreeOrder(fileTree(readLikeBefore(`${run.id} ${against}`, diff.data))) : []), [diff.data, run.id, against]);
  return { diff, files, final };
}
