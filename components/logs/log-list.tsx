'use client';

import { ArrowDown } from 'lucide-react';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, type KeyboardEvent, type Ref } from 'react';
import { Button } from '@/components/ui/button';
import type { LiveText } from '@/components/logs/live-message';
import type { LineName, LogDocument, LogRow as Row } from '@/components/logs/log-document';
import { LiveRow, LogRow } from '@/components/logs/log-row';
import { markMatches } from '@/components/logs/mark-matches';
import type { RunLogSnapshot } from '@/components/logs/run-log-store';
import type { LogTimes } from '@/components/logs/use-log-times';
import { rowKey } from '@/components/logs/log-viewport';
import { useLogViewport } from '@/components/logs/use-log-viewport';

/** What the rest of the page can ask of the list. */
export interface LogListHandle {
  goTo: (line: LineName) => void;
}

interface LogListProps {
  ref: Ref<LogListHandle>;
  document: LogDocument;
  live: LiveText | null;
  connection: RunLogSnapshot['connection']['state'];
  wrap: boolean;
  final: boolean;
  times: LogTimes | null;
  chosen: (row: Row) => boolean;
  onNumber: (row: Row, extend: boolean) => void;
  pattern: RegExp | null;
}

/** The rows that can be seen of a log that may have millions. */
export function LogList({ ref, document, live, connection, wrap, final, times, chosen, onNumber, pattern }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const block = useRef<HTMLDivElement>(null);
  const view = useLogViewport(document, scroller, block);
  useImperativeHandle(ref, () => ({ goTo: view.goTo }));
  useLayoutEffect(() => {
    if (block.current) markMatches(block.current, pattern);
  });
  useEffect(() => times?.want(view.items.map(({ row }) => row)));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'End') view.follow();
    else if (event.key === 'Home') view.goToStart();
    else return;
    event.preventDefault();
  };
  return (
    <div className="relative flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface">
      <div ref={scroller} role="region" aria-label="Run output" tabIndex={0} onScroll={view.onScroll} onKeyDown={onKeyDown} className="min-h-0 flex-1 overflow-auto font-mono text-xs leading-5 [overflow-anchor:none]">
        {view.items.length === 0 && !live && <NothingYet state={connection} final={final} />}
        <div className="relative w-full" style={{ height: view.items.length === 0 && !live ? 0 : view.area }}>
          <div ref={block} className={wrap ? 'absolute inset-x-0 top-0' : 'absolute top-0 left-0 w-max min-w-full'}>
            {view.items.map(({ position, row }) => (
              <div key={rowKey(row)} data-row={rowKey(row)} data-index={position}>
                <LogRow row={row} wrap={wrap} time={times ? times.at(row) : null} marked={chosen(row)} onNumber={onNumber} />
              </div>
            ))}
            {live && view.reachesEnd && <LiveRow live={live} />}
          </div>
        </div>
      </div>
      {!view.following && (
        <Button size="small" variant="primary" className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-lg" icon={<ArrowDown aria-hidden className="size-3.5" />} onClick={view.follow}>
          {connection === 'ended' ? 'Jump to the end' : 'Jump to live'}
        </Button>
      )}
    </div>
  );
}

function NothingYet({ state, final }: { state: RunLogSnapshot['connection']['state']; final: boolean }) {
  if (state === 'error') return null;
  const words = final && state === 'ended' ? 'This run wrote nothing.' : state === 'connecting' ? 'Opening the log…' : 'No output yet. Claude Code takes a few seconds for its first line.';
  return <p className="p-4 font-sans text-sm text-ink-faint">{words}</p>;
}
