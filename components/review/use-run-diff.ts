'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { DiffBase } from '@/contract/review';
import { isFinal, type RunView } from '@/contract/run';
import { fileTree, inTreeOrder } from '@/components/review/file-tree';
import { readPatch, type PatchFile } from '@/components/review/parse-patch';
import { useTRPC } from '@/components/trpc/trpc';

const LIVE_EVERY_MS = 5_000;

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
  const previous = useRef<PatchFile[]>([]);
  const files = useMemo(() => (diff.data ? inTreeOrder(fileTree(readPatch(diff.data.patch, diff.data.files, previous.current))) : []), [diff.data]);
  useEffect(() => {
    previous.current = files;
  }, [files]);
  return { diff, files, final };
}
