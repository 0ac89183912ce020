'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, type RefObject } from 'react';
import type { FollowUpQueue } from '@/contract/follow-up';
import type { RunView } from '@/contract/run';

/** Who was typing when the page went on, and where in the text: the field on the next page is the same to them. */
let typing: { conversation: string; from: number; to: number } | null = null;

const END_PIXELS = 40;

/**
 * Goes on to the next run of the conversation as soon as there is one, when somebody looks at the end of the conversation as it was. Who
 * opened an earlier run, or has scrolled up, is left there.
 */
export function useNextRun(run: RunView, queue: FollowUpQueue | undefined, field: RefObject<HTMLTextAreaElement | null>): void {
  const router = useRouter();
  const wasNewest = useRef(false);
  const newest = queue?.newestRun.id;

  useEffect(() => {
    if (newest === undefined) return;
    if (newest === run.id) {
      wasNewest.current = true;
      return;
    }
    if (!wasNewest.current || !isAtEnd(field.current)) return;
    wasNewest.current = false;
    const element = field.current;
    typing = element !== null && document.activeElement === element ? { conversation: run.claudeSessionId, from: element.selectionStart, to: element.selectionEnd } : null;
    router.replace(`/workspaces/${run.workspaceId}/runs/${newest}`);
  }, [newest, run.id, run.workspaceId, run.claudeSessionId, router, field]);

  useEffect(() => {
    if (typing?.conversation !== run.claudeSessionId) return;
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(typing.from, typing.to);
    typing = null;
  }, [run.claudeSessionId, field]);
}

/** Of the conversation above the field; where nothing can be scrolled, one sees the end. */
function isAtEnd(field: HTMLElement | null): boolean {
  const column = field?.closest('[aria-label="Conversation"]');
  const scroller = [...(column?.querySelectorAll<HTMLElement>('div') ?? [])].find((element) => !element.contains(field) && element.scrollHeight > element.clientHeight + END_PIXELS && /auto|scroll/.test(getComputedStyle(element).overflowY));
  return !scroller || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= END_PIXELS;
}
