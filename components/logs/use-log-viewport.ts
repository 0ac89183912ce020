'use client';

import { useEffect, useLayoutEffect, useReducer, useRef, useState, type RefObject } from 'react';
import type { LineName, LogDocument } from '@/components/logs/log-document';
import { LogViewport, type DrawnLog, type LogPicture } from '@/components/logs/log-viewport';

const idleMs = 150;

interface UsedViewport extends LogPicture {
  onScroll: () => void;
  /** Goes to the end and stays there. */
  follow: () => void;
  goTo: (line: LineName) => void;
  goToStart: () => void;
}

/** Joins a viewport (log-viewport.ts) to the elements that it is drawn in. The caller makes another for another document. */
export function useLogViewport(document: LogDocument, scroller: RefObject<HTMLDivElement | null>, block: RefObject<HTMLDivElement | null>): UsedViewport {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [viewport] = useState(() => new LogViewport(document));
  const idle = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const picture = viewport.picture();

  const withDrawn = (work: (drawn: DrawnLog) => boolean) => {
    if (scroller.current && block.current && work({ view: scroller.current, content: block.current })) redraw();
  };

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let width = -1;
    const observer = new ResizeObserver(() => {
      viewport.resized(element.clientHeight, element.clientWidth !== width);
      width = element.clientWidth;
      redraw();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller, viewport]);
  useEffect(() => () => clearTimeout(idle.current), []);
  useLayoutEffect(() => {
    const [view, content] = [scroller.current, block.current];
    if (view && content && viewport.place({ view, content })) redraw();
    document.want(picture.items.map(({ position }) => position));
  }, [picture, viewport, document, scroller, block]); // a picture is new with every drawing

  const onScroll = () => {
    withDrawn((drawn) => {
      const soon = viewport.scrolled(drawn);
      if (soon === null) return false;
      clearTimeout(idle.current);
      idle.current = setTimeout(() => withDrawn((now) => viewport.settle(now)), soon === 'now' ? 0 : idleMs);
      return true;
    });
  };
  const going = (go: (drawn: DrawnLog) => void) => {
    withDrawn((drawn) => {
      go(drawn);
      return true;
    });
  };
  return {
    ...picture,
    onScroll,
    follow: () => going(() => (viewport.following = true)),
    goTo: (line) => going((drawn) => viewport.goTo(line, drawn)),
    goToStart: () => going((drawn) => viewport.goToStart(drawn)),
  };
}
