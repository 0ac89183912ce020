'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, type RefObject } from 'react';
import type { FollowUpQueue } from '@/contract/follow-up';
import type { RunView } from '@/contract/run';
import { useIsEndFollowed } from '@/components/conversation/conversation-end';

/** Who was typing when the page went on, and where in the text: the field on the next page is the same to them. */
let typing: { conversation: string; from: number; to: number } | null = null;

/**
 * Goes on to the next run of the conversation as soon as there is one, when somebody looks at the end of the conversation as it was. Who
 * opened an earlier run, has scrolled up, or has another tab in front, is left there.
 */
export function useNextRun(run: RunView, queue: FollowUpQueue | undefined, field: RefObject<HTMLTextAreaElement | null>): void {
  const router = useRouter();
  const isEndFollowed = useIsEndFollowed();
  const wasNewest = useRef(false);
  const newest = queue?.newestRun.id;

  useEffect(() => {
    if (newest === undefined) return;
    if (newest === run.id) {
      wasNewest.current = true;
      return;
    }
    if (!wasNewest.current || !isSeen(field.current) || !isEndFollowed()) return;
    wasNewest.current = false;
    const element = field.current;
    typing = element !== null && document.activeElement === element ? { conversation: run.claudeSessionId, from: element.selectionStart, to: element.selectionEnd } : null;
    router.replace(`/workspaces/${run.workspaceId}/runs/${newest}`);
  }, [newest, run.id, run.workspaceId, run.claudeSessionId, router, field, isEndFollowed]);

  useEffect(() => {
    if (typing?.conversation !== run.claudeSessionId) return;
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(typing.from, typing.to);
    typing = null;
  }, [run.claudeSessionId, field]);
}

function isSeen(element: HTMLElement | null): boolean {
  return element !== null && element.getClientRects().length > 0;
}
