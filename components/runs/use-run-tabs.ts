'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useState } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import { useMedia } from '@/components/ui/use-media';

/** What stands beside the conversation where there is room for both. */
export type BesideTab = 'changes' | 'log' | 'publish';

/** Wide enough for the conversation beside the rest. */
const TWO_COLUMNS = '(min-width: 1024px)';

/**
 * What of a run is shown: what is open beside the conversation and, where only one of the two has room, which is in front: the one that somebody used last.
 * What is shown first is decided when the page is opened, and stays when the run ends meanwhile.
 */
export function useRunTabs(run: RunView) {
  const wide = useMedia(TWO_COLUMNS);
  const linksToLog = useSearchParams().has('log');
  const [beside, setBeside] = useState<BesideTab>(isFinal(run.status) && !linksToLog ? 'changes' : 'log');
  const [inFront, setInFront] = useState(!linksToLog);
  const show = useCallback((tab: BesideTab | 'conversation') => {
    setInFront(tab === 'conversation');
    if (tab !== 'conversation') setBeside(tab);
  }, []);
  const showConversation = useCallback(() => setInFront(true), []);
  const showChanges = useCallback(() => show('changes'), [show]);
  const showLog = useCallback(() => show('log'), [show]);
  return { wide, tab: !wide && inFront ? ('conversation' as const) : beside, show, showConversation, showChanges, showLog };
}
