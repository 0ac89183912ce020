'use client';

import { useEffect, useState } from 'react';
import type { HunkData, HunkTokens } from 'react-diff-view';
import { colourHunks } from '@/components/review/colour-hunks';
import { languageOf } from '@/components/review/language-of';

/** One file at a time, whenever the browser has nothing else to do, so that the page never stalls over colours. */
let line: Promise<void> = Promise.resolve();

function whenIdle(work: () => Promise<void>): void {
  line = line
    .then(() => new Promise<void>((resolve) => ('requestIdleCallback' in window ? requestIdleCallback(() => resolve(), { timeout: 2_000 }) : setTimeout(resolve, 50))))
    .then(work)
    .catch(() => undefined); // without colours it can be read as well
}

/** The colours of a file, some moments after it is shown; null until then and where there are none. */
export function useColours(path: string, hunks: HunkData[]): HunkTokens | null {
  const [coloured, setColoured] = useState<{ hunks: HunkData[]; tokens: HunkTokens | null } | null>(null);
  const language = languageOf(path);
  useEffect(() => {
    if (!language || hunks.length === 0) return;
    let wanted = true;
    whenIdle(async () => {
      if (!wanted) return;
      const tokens = await colourHunks(hunks, language);
      if (wanted) setColoured({ hunks, tokens });
    });
    return () => {
      wanted = false;
    };
  }, [hunks, language]);
  return coloured?.hunks === hunks ? coloured.tokens : null; // those of other lines would be wrong
}
