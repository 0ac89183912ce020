'use client';

import { useEffect, useLayoutEffect, useReducer, useRef, useState, type RefObject } from 'react';
import type { LineName, LogDocument, LogRow } from '@/components/logs/log-document';
import { anchorAt, areaHeight, moved, rangeAround, rangeAtEnd, rowHeight, scrollTopOf, type Anchor, type RowHeights } from '@/components/logs/scroll-geometry';

const overscan = 400;
const atEndPixels = 24;
const idleMs = 150;
/** Rows that turn out lower than guessed leave a gap, which the next round fills; hidden ones may take several. */
const mostRounds = 8;

export interface LogViewport {
  following: boolean;
  items: { position: number; row: LogRow }[];
  /** True when the last row is among them. */
  reachesEnd: boolean;
  /** How high the scrolled area is. */
  area: number;
  onScroll: () => void;
  /** Goes to the end and stays there. */
  follow: () => void;
  goTo: (line: LineName) => void;
  goToStart: () => void;
}

/**
 * Draws any number of rows of any height around one row that stands still. The anchor is the truth, the scrollbar follows it: small moves move the anchor
 * by as many pixels, large ones (a drag of the scrollbar) choose another by the share of the way. So nothing jumps when rows turn out higher or lower,
 * or more come, and a million rows need no million pixels. At the end the view stays at the end until somebody scrolls up.
 */
export function useLogViewport(document: LogDocument, scroller: RefObject<HTMLDivElement | null>, block: RefObject<HTMLDivElement | null>): LogViewport {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [following, setFollowing] = useState(true);
  const [viewport, setViewport] = useState(600);
  const anchor = useRef<{ line: LineName; top: number } | null>(null);
  const heights = useRef(new Map<string, number>());
  const lastTop = useRef(0);
  const rounds = useRef(0);
  const idle = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const rows: RowHeights = {
    total: document.total,
    heightOf: (position) => {
      const row = document.row(position);
      return row === null ? 0 : (heights.current.get(rowKey(row)) ?? rowHeight);
    },
  };
  const present = (): Anchor => (anchor.current ? { position: document.positionOf(anchor.current.line), top: anchor.current.top } : { position: 0, top: 0 });
  const hold = ({ position, top }: Anchor) => {
    if (rows.total === 0) return;
    const { stream, line } = document.at(Math.min(position, rows.total - 1));
    anchor.current = { line: { stream, name: line - document.tail.shift[stream] }, top };
  };
  const range = following ? rangeAtEnd(rows, viewport, overscan) : rangeAround(present(), rows, viewport, overscan);
  const area = areaHeight(rows, viewport);
  const items = drawn(document, range);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== width) heights.current.clear();
      width = element.clientWidth;
      setViewport(element.clientHeight);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  useEffect(() => () => clearTimeout(idle.current), []);

  useLayoutEffect(() => {
    const [view, content] = [scroller.current, block.current];
    if (!view || !content) return;
    const wrong = measure(content, heights.current);
    if (following) {
      view.scrollTop = area;
      const top = range.from === 0 && content.offsetHeight < viewport ? 0 : area - content.offsetHeight;
      content.style.transform = `translateY(${top}px)`;
      hold(topRow(content, view.scrollTop, top) ?? present());
    } else {
      const at = present();
      const row = content.querySelector<HTMLElement>(`[data-index="${at.position}"]`) ?? nextDrawn(content, at.position);
      const top = placeOf(view.scrollTop + at.top - (row?.offsetTop ?? 0), { content, view, reachesStart: range.from === 0, reachesEnd: range.to === rows.total });
      content.style.transform = `translateY(${top}px)`;
      if (row) anchor.current = { line: nameAt(document, Number(row.dataset['index'])), top: top + row.offsetTop - view.scrollTop };
    }
    lastTop.current = view.scrollTop;
    document.want(items.map(({ position }) => position));
    rounds.current = wrong ? rounds.current + 1 : 0;
    if (wrong && rounds.current < mostRounds) redraw();
  });

  /** Brings the scrollbar to where the anchor is, once nobody moves it; what is seen does not move. */
  const settle = () => {
    const view = scroller.current;
    if (!view || following) return;
    const wanted = scrollTopOf(present(), rows, viewport);
    if (Math.abs(wanted - view.scrollTop) < 1) return;
    view.scrollTop = wanted;
    lastTop.current = view.scrollTop;
    redraw();
  };
  const latestSettle = useRef(settle);
  useEffect(() => {
    latestSettle.current = settle;
  });

  const onScroll = () => {
    const [view, content] = [scroller.current, block.current];
    if (!view || !content) return;
    const by = view.scrollTop - lastTop.current;
    if (Math.abs(by) < 1) return;
    lastTop.current = view.scrollTop;
    const isJump = Math.abs(by) > 3 * viewport;
    const next = isJump ? anchorAt(view.scrollTop, rows, viewport) : moved(present(), -by, rows);
    const endsAt = content.getBoundingClientRect().bottom - view.getBoundingClientRect().bottom;
    const atEnd = isJump ? view.scrollTop >= area - viewport - 1 : range.to === rows.total && endsAt < atEndPixels;
    if (by > 0 && atEnd) setFollowing(true);
    else if (by < 0 || !following) {
      hold(next);
      setFollowing(false);
    }
    clearTimeout(idle.current);
    const isAtEdge = view.scrollTop <= 0 || view.scrollTop >= area - viewport - 1; // there may be more, and no way to scroll to it
    idle.current = setTimeout(() => latestSettle.current(), isAtEdge && !isJump ? 0 : idleMs);
    redraw();
  };

  const goTo = (line: LineName) => {
    const view = scroller.current;
    if (!view) return;
    anchor.current = { line, top: Math.round(viewport / 3) };
    setFollowing(false);
    view.scrollTop = scrollTopOf(present(), rows, viewport);
    lastTop.current = view.scrollTop;
    redraw();
  };
  const goToStart = () => {
    if (rows.total === 0) return;
    goTo(nameAt(document, 0));
    anchor.current = { line: nameAt(document, 0), top: 0 };
  };
  return { following, items, reachesEnd: range.to === rows.total, area, onScroll, follow: () => setFollowing(true), goTo, goToStart };
}

export function rowKey({ stream, name }: LineName): string {
  return `${stream}${name}`;
}

function nameAt(document: LogDocument, position: number): LineName {
  const { stream, line } = document.at(position);
  return { stream, name: line - document.tail.shift[stream] };
}

function drawn(document: LogDocument, { from, to }: { from: number; to: number }): LogViewport['items'] {
  const items: LogViewport['items'] = [];
  for (let position = from; position < to; position += 1) {
    const row = document.row(position);
    if (row) items.push({ position, row });
  }
  return items;
}

/** Remembers how high the drawn rows are; true when one was guessed wrong, so that there may be too few rows or gaps. */
function measure(content: HTMLElement, heights: Map<string, number>): boolean {
  let wrong = false;
  for (const element of content.querySelectorAll<HTMLElement>('[data-row]')) {
    const key = element.dataset['row'] ?? '';
    const height = element.offsetHeight;
    if ((heights.get(key) ?? rowHeight) !== height) wrong = true;
    heights.delete(key);
    heights.set(key, height);
  }
  for (const oldest of heights.keys()) {
    if (heights.size <= 5_000) break;
    heights.delete(oldest);
  }
  return wrong;
}

/** Where the drawn rows begin: where the anchor wants them, but with no gap above the first row nor below the last. */
function placeOf(wanted: number, { content, view, reachesStart, reachesEnd }: { content: HTMLElement; view: HTMLElement; reachesStart: boolean; reachesEnd: boolean }): number {
  let top = wanted;
  if (reachesEnd) top = Math.max(top, view.scrollTop + view.clientHeight - content.offsetHeight);
  if (reachesStart) top = Math.min(top, view.scrollTop);
  return top;
}

/** The first drawn row that can be seen. */
function topRow(content: HTMLElement, scrollTop: number, contentTop: number): Anchor | null {
  for (const element of content.querySelectorAll<HTMLElement>('[data-row]')) {
    const top = contentTop + element.offsetTop - scrollTop;
    if (top + element.offsetHeight > 0) return { position: Number(element.dataset['index']), top };
  }
  return null;
}

/** The row at the anchor may be hidden by now: the next one stands in for it. */
function nextDrawn(content: HTMLElement, position: number): HTMLElement | null {
  const all = [...content.querySelectorAll<HTMLElement>('[data-row]')];
  return all.find((element) => Number(element.dataset['index']) >= position) ?? all.at(-1) ?? null;
}
