'use client';

import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { ConversationRow } from '@/components/conversation/conversation-rows';
import type { KeptPlace } from '@/components/conversation/kept-place';

interface Options {
  scroller: RefObject<HTMLDivElement | null>;
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  rows: readonly ConversationRow[];
  /** Where to begin; null: at the end. */
  first: KeptPlace | null;
  /** Told where somebody reads, now and then; null while the end is followed. */
  onPlace: (place: Pick<KeptPlace, 'key' | 'below'> | null) => void;
  /** The beginning of what is loaded comes into sight. */
  onNearStart: () => void;
}

const atEndPixels = 32;
const nearStartPixels = 500;
const tellAfterMs = 250;

/**
 * Follow and pause: at the end the view stays at the end; scrolling up pauses; reaching the end again (or `follow`) goes on. While paused, the row that
 * is being read stays where it is, whatever comes before it. Behind another tab it has no size and no place; it is put back when it is seen again.
 */
export function useConversationScroll({ scroller, virtualizer, rows, first, onPlace, onNearStart }: Options) {
  const [following, setFollowing] = useState(first === null);
  const reading = useRef<{ key: string; below: number } | null>(first);
  // Until the row of the first place is loaded; a person who scrolls before then has another place in mind.
  const restoring = useRef(first !== null);
  const lastTop = useRef(0);
  const lastCount = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (isHidden(element)) {
      restoring.current = !following;
      return;
    }
    if (following) element.scrollTop = element.scrollHeight;
    else if (reading.current && (restoring.current || lastCount.current !== rows.length)) {
      const index = rows.findIndex(({ key }) => key === reading.current?.key);
      const start = index < 0 ? undefined : virtualizer.measurementsCache[index]?.start;
      if (start !== undefined) {
        element.scrollTop = start + reading.current.below;
        restoring.current = false;
      }
    }
    lastCount.current = rows.length;
    lastTop.current = element.scrollTop;
  });

  useEffect(() => () => clearTimeout(timer.current), []);

  const onScroll = () => {
    const element = scroller.current;
    if (!element || isHidden(element)) return;
    const top = element.scrollTop;
    const atEnd = element.scrollHeight - top - element.clientHeight < atEndPixels;
    const movedUp = top < lastTop.current - 1;
    lastTop.current = top;
    if (atEnd) setFollowing(true);
    else if (movedUp) setFollowing(false);
    const row = virtualizer.getVirtualItemForOffset(top);
    const key = row && rows[row.index]?.key;
    if (row && key !== undefined) reading.current = { key, below: top - row.start };
    restoring.current = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onPlace(atEnd ? null : reading.current), tellAfterMs);
    if (movedUp && top < nearStartPixels) onNearStart();
  };

  const follow = () => {
    setFollowing(true);
    onPlace(null);
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  return { following, onScroll, follow };
}

function isHidden(element: HTMLElement): boolean {
  return element.clientHeight === 0;
}
