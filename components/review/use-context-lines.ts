'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { expandFromRawCode, type HunkData } from 'react-diff-view';
import type { DiffBase } from '@/contract/review';
import type { PatchFile } from '@/components/review/parse-patch';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';

/** So many lines come at a time. */
export const CONTEXT_STEP = 40;

const none: [number, number][] = [];

/** The hunks of a file with more of the lines around them. The file as it was is loaded when they are first asked for. */
export function useContextLines(runId: string, against: DiffBase, file: PatchFile) {
  const trpc = useTRPC();
  const [ranges, setRanges] = useState<{ source: string; list: [number, number][] }>({ source: file.source, list: [] });
  const wanted = ranges.source === file.source ? ranges.list : none; // of another state of the file they would show other lines
  const old = useQuery({ ...trpc.review.file.queryOptions({ runId, fileId: file.id, against, what: 'old' }, { staleTime: Number.POSITIVE_INFINITY, retry: false }), enabled: wanted.length > 0 });
  const lines = useMemo(() => old.data?.split('\n').map((line) => line.replace(/\r$/, '')), [old.data]);
  const hunks = useMemo<HunkData[]>(() => {
    if (!lines || wanted.length === 0) return file.hunks;
    return wanted.reduce((all, [start, end]) => expandFromRawCode(all, lines, start, Math.min(end, lines.length)), file.hunks);
  }, [file.hunks, lines, wanted]);
  return {
    hunks,
    /** How many lines the file had; null until it is loaded. */
    oldLines: lines ? lines.length - (lines.at(-1) === '' ? 1 : 0) : null,
    isLoading: old.isFetching,
    failure: old.isError ? errorSentence(old.error) : null,
    /** Lines of the file as it was, `end` not included. */
    show: (start: number, end: number) => setRanges({ source: file.source, list: [...wanted, [start, end]] }),
  };
}
