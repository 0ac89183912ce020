'use client';

import { measureElement, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useCallback, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { useTellEnd } from '@/components/conversation/conversation-end';
import type { ConversationRow } from '@/components/conversation/conversation-rows';
import type { KeptPlace } from '@/components/conversation/kept-place';
import { useConversationScroll } from '@/components/conversation/use-conversation-scroll';
import { Button } from '@/components/ui/button';

interface ConversationListProps {
  rows: readonly ConversationRow[];
  draw: (row: ConversationRow) => ReactNode;
  first: KeptPlace | null;
  ended: boolean;
  onPlace: (place: Pick<KeptPlace, 'key' | 'below'> | null) => void;
  onNearStart: () => void;
}

const guess = 44;

/** Behind another tab a row has no height; then it keeps the one it had, or what is read would be somewhere else afterwards. */
function heightOf(row: Element, entry: ResizeObserverEntry | undefined, virtualizer: Virtualizer<HTMLDivElement, Element>): number {
  const height = measureElement(row, entry, virtualizer);
  return height > 0 ? height : (virtualizer.measurementsCache[virtualizer.indexFromElement(row)]?.size ?? guess);
}

/** The rows that can be seen of a conversation that may have thousands. */
export function ConversationList({ rows, draw, first, ended, onPlace, onNearStart }: ConversationListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => guess,
    measureElement: heightOf,
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    overscan: 8,
  });
  const scroll = useConversationScroll({ scroller, virtualizer, rows, first, onPlace, onNearStart });
  useTellEnd(scroll.following, scroll.follow);
  const items = virtualizer.getVirtualItems();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'End' || event.target !== event.currentTarget) return;
    event.preventDefault();
    scroll.follow();
  };
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div ref={scroller} role="region" aria-label="What was said and done" tabIndex={0} onScroll={scroll.onScroll} onKeyDown={onKeyDown} className="min-h-0 flex-1 overflow-y-auto [overflow-anchor:none]">
        <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
          <div className="absolute inset-x-0 top-0" style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
            {items.map((item) => {
              const row = rows[item.index];
              return (
                <div key={item.key} ref={virtualizer.measureElement} data-index={item.index} data-row={row?.kind} className="flow-root pb-2.5">
                  {row && draw(row)}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {!scroll.following && (
        <Button size="small" variant="primary" className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-lg" icon={<ArrowDown aria-hidden className="size-3.5" />} onClick={scroll.follow}>
          {ended ? 'Jump to the end' : 'Jump to live'}
        </Button>
      )}
    </div>
  );
}
