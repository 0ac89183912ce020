'use client';

import type { Virtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { FollowedLog } from '@/components/runs/follow-run-log';
import type { RunLogRows } from '@/components/runs/run-log-rows';

interface Options {
  scroller: RefObject<HTMLDivElement | null>;
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  log: FollowedLog;
  rows: RunLogRows;
}

const atEndPixels = 24;
const nearStartPixels = 600;

/**
 * Follow and pause: at the end the view stays at the end; scrolling up pauses; reaching the end again (or `follow`) goes on.
 * Near the top the piece before is loaded, and the row that was being read stays where it is.
 */
export function useLogScroll({ scroller, virtualizer, log, rows }: Options) {
  const [following, setFollowing] = useState(true);
  const lastTop = useRef(0);
  const reading = useRef<{ key: number; below: number } | null>(null);
  const { lines } = log.store;
  const generation = useRef(lines.generation);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (following) element.scrollTop = element.scrollHeight;
    else if (generation.current !== lines.generation && reading.current) {
      const start = virtualizer.measurementsCache[rows.indexOf(reading.current.key)]?.start;
      if (start !== undefined) element.scrollTop = start + reading.current.below;
    }
    generation.current = lines.generation;
    lastTop.current = element.scrollTop;
  });

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    const atEnd = element.scrollHeight - top - element.clientHeight < atEndPixels;
    const movedUp = top < lastTop.current - 1;
    lastTop.current = top;
    if (atEnd) setFollowing(true);
    else if (movedUp) setFollowing(false);
    const first = virtualizer.getVirtualItemForOffset(top);
    reading.current = first ? { key: rows.key(first.index), below: top - first.start } : null;
    if (movedUp && top < nearStartPixels && rows.leftOut === 0) void loadOneMore(log);
  };

  const follow = () => {
    setFollowing(true);
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  return { following, onScroll, follow };
}

async function loadOneMore(log: FollowedLog): Promise<void> {
  const stream = log.store.lines.loadedFrom.out > 0 ? 'out' : 'err';
  await log.loadEarlier(stream);
}
