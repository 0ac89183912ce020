'use client';

import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RunDiff } from '@/contract/review';
import { isFinal } from '@/contract/run';
import type { VariantView } from '@/contract/variant';
import { readPatch, type PatchFile } from '@/components/review/parse-patch';
import { useTRPC } from '@/components/trpc/trpc';

const LIVE_EVERY_MS = 5_000;

const read = new WeakMap<RunDiff, PatchFile[]>();

/** Reading a patch takes a while: once for each answer. */
function filesOf(diff: RunDiff): PatchFile[] {
  const before = read.get(diff);
  if (before) return before;
  const files = readPatch(diff.patch, diff.files);
  read.set(diff, files);
  return files;
}

/** What a variant has changed since it began. */
export interface VariantDiff {
  variant: VariantView;
  /** Null until it is known. */
  files: PatchFile[] | null;
  truncated: boolean;
  error: unknown;
  retry: () => void;
}

/** The diffs of these variants, from where each began to its newest end; of one at work as it is now, again every few seconds. */
export function useVariantDiffs(variants: readonly VariantView[]): VariantDiff[] {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const queries = useQueries({
    queries: variants.map(({ newest }) => {
      const final = isFinal(newest.status);
      const timing = { refetchInterval: final || newest.status === 'parked' ? (false as const) : LIVE_EVERY_MS, staleTime: final ? 60_000 : LIVE_EVERY_MS };
      return { ...trpc.runs.diff.queryOptions({ runId: newest.id, against: 'conversation' }, timing), enabled: newest.status !== 'queued' };
    }),
  });
  const ended = variants.filter(({ newest }) => isFinal(newest.status)).map(({ newest }) => newest.id).join(' ');
  useEffect(() => {
    // What was kept at the end is another one than the last live one.
    for (const runId of ended.split(' ').filter(Boolean)) void queryClient.invalidateQueries({ queryKey: trpc.runs.diff.queryKey({ runId, against: 'conversation' }) });
  }, [ended, queryClient, trpc]);
  return variants.flatMap((variant, index) => {
    const query = queries[index];
    if (!query) return [];
    return [{ variant, files: query.data ? filesOf(query.data) : null, truncated: query.data?.truncated ?? false, error: query.error, retry: () => void query.refetch() }];
  });
}
