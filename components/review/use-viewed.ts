'use client';

import { useCallback, useMemo } from 'react';
import { z } from 'zod';
import type { PatchFile } from '@/components/review/parse-patch';
import { useStored } from '@/components/review/stored';

const MOST = 2_000;
const storedSchema = z.record(z.string(), z.string());

/** Which files of a conversation this person has marked as viewed. A file that has changed since is not viewed any more. */
export function useViewed(conversation: string): { isViewed: (file: PatchFile) => boolean; setViewed: (file: PatchFile, viewed: boolean) => void } {
  const [stored, store] = useStored(`anyon.viewed.${conversation}`);
  const marks = useMemo(() => parse(stored), [stored]);
  const isViewed = useCallback((file: PatchFile) => marks[file.id] === fingerprint(file), [marks]);
  const setViewed = useCallback(
    (file: PatchFile, viewed: boolean) => {
      const others = Object.entries(marks).filter(([id]) => id !== file.id);
      store(JSON.stringify(Object.fromEntries(viewed ? [...others.slice(-MOST), [file.id, fingerprint(file)]] : others)));
    },
    [marks, store],
  );
  return { isViewed, setViewed };
}

function parse(stored: string | null): Record<string, string> {
  try {
    return storedSchema.safeParse(JSON.parse(stored ?? '{}')).data ?? {};
  } catch {
    return {};
  }
}

/** Tells whether it is the same change; nobody gains anything by forging it. */
function fingerprint({ source, status, additions, deletions, newSize, newMode }: PatchFile): string {
  let hash = 5381;
  for (let index = 0; index < source.length; index += 1) hash = (Math.imul(hash, 33) ^ source.charCodeAt(index)) >>> 0;
  return [hash.toString(36), source.length, status, additions, deletions, newSize, newMode].join('.');
}
