'use client';

import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useCallback, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '@/components/ui/button';
import type { FollowedLog } from '@/components/runs/follow-run-log';
import { LogStart } from '@/components/runs/log-start';
import { RunLogRow } from '@/components/runs/run-log-row';
import type { RunLogRows } from '@/components/runs/run-log-rows';
import type { RunLogSnapshot } from '@/components/runs/run-log-store';
import { useLogScroll } from '@/components/runs/use-log-scroll';

interface RunLogListProps {
  log: FollowedLog;
  rows: RunLogRows;
  count: number;
  snapshot: RunLogSnapshot;
  wrap: boolean;
  final: boolean;
}

const rowHeight = 20;

/** The rows that can be seen of a log that may have millions. */
export function RunLogList({ log, rows, count, snapshot, wrap, final }: RunLogListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows.key(index),
    overscan: 12,
  });
  const scroll = useLogScroll({ scroller, virtualizer, log, rows });
  const items = virtualizer.getVirtualItems();

  const toggle = useCallback((key: number) => setUnfolded((before) => toggled(before, key)), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'End') return;
    event.preventDefault();
    scroll.follow();
  };
  return (
    <div className="relative flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface">
      <LogStart log={log} rows={rows} snapshot={snapshot} />
      <div ref={scroller} role="region" aria-label="Run output" tabIndex={0} onScroll={scroll.onScroll} onKeyDown={onKeyDown} className="min-h-0 flex-1 overflow-auto font-mono text-xs leading-5 [overflow-anchor:none]">
        {count === 0 && <NothingYet state={snapshot.connection.state} final={final} />}
        <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
          <div className={wrap ? 'absolute inset-x-0 top-0' : 'absolute top-0 left-0 w-max min-w-full'} style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
            {items.map((item) => {
              const row = rows.row(item.index);
              return (
                <div key={item.key} ref={virtualizer.measureElement} data-index={item.index}>
                  <RunLogRow row={row} wrap={wrap} numbered={log.store.lines.loadedFrom[row.stream] === 0} unfolded={unfolded.has(row.key)} onToggle={toggle} />
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {!scroll.following && (
        <Button size="small" variant="primary" className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-lg" icon={<ArrowDown aria-hidden className="size-3.5" />} onClick={scroll.follow}>
          {snapshot.connection.state === 'ended' ? 'Jump to the end' : 'Jump to live'}
        </Button>
      )}
    </div>
  );
}

function toggled(keys: ReadonlySet<number>, key: number): ReadonlySet<number> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

function NothingYet({ state, final }: { state: RunLogSnapshot['connection']['state']; final: boolean }) {
  if (state === 'error') return null;
  const words = final && state === 'ended' ? 'This run wrote nothing.' : state === 'connecting' ? 'Opening the log…' : 'No output yet. Claude Code takes a few seconds for its first line.';
  return <p className="p-4 font-sans text-sm text-ink-faint">{words}</p>;
}
