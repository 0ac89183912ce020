'use client';

import { clsx } from 'clsx';
import { memo, type ReactNode } from 'react';
import { AnsiText } from '@/components/runs/ansi-text';
import { LogEventRow } from '@/components/runs/log-event-row';
import type { LogRow } from '@/components/runs/run-log-rows';

interface RunLogRowProps {
  row: LogRow;
  wrap: boolean;
  numbered: boolean;
  unfolded: boolean;
  onToggle: (key: number) => void;
}

/** One row of the log: line number, a mark where it came from the error output, and the text. */
export const RunLogRow = memo(
  function RunLogRow({ row, wrap, numbered, unfolded, onToggle }: RunLogRowProps) {
    if (row.kind === 'live') return <LiveRow what={row.what} text={row.text} />;
    const number = numbered && !(row.kind === 'text' && row.continued) ? row.line : null;
    return (
      <Row number={number} isError={row.stream === 'err'} spaced={row.kind === 'event'}>
        {row.kind === 'event' ? (
          <LogEventRow text={row.text} wrap={wrap} unfolded={unfolded} onToggle={() => onToggle(row.key)} />
        ) : (
          <div className={clsx('min-h-5', wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre')}>
            <AnsiText text={row.text} />
          </div>
        )}
      </Row>
    );
  },
  (before, after) =>
    before.row.key === after.row.key && before.row.text === after.row.text && before.wrap === after.wrap && before.numbered === after.numbered && before.unfolded === after.unfolded && before.onToggle === after.onToggle && lineOf(before.row) === lineOf(after.row),
);

function lineOf(row: LogRow): number {
  return row.kind === 'live' ? 0 : row.line;
}

function Row({ number, isError, spaced = false, children }: { number: number | null; isError: boolean; spaced?: boolean; children: ReactNode }) {
  return (
    <div className={clsx('flex border-l-2 pr-3 hover:bg-sunken', isError ? 'border-state-failed' : 'border-transparent', spaced && 'py-0.5')}>
      <span aria-hidden className="w-8 shrink-0 pr-2 text-right text-ink-faint/70 tabular-nums select-none sm:w-14 sm:pr-3">
        {number}
      </span>
      {isError && <span className="sr-only">Error output: </span>}
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

const doing = { text: 'Claude is writing', thinking: 'Claude is thinking', tool: 'Claude is preparing' };

function LiveRow({ what, text }: { what: 'text' | 'thinking' | 'tool'; text: string }) {
  return (
    <Row number={null} isError={false} spaced>
      <div className="font-sans text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
        <span className="text-ink-faint">{what === 'tool' ? `${doing.tool} ${text}` : `${doing[what]} `}</span>
        {what !== 'tool' && <span className={what === 'thinking' ? 'text-ink-faint italic' : undefined}>{text.slice(-4000)}</span>}
        <span aria-hidden className="ml-0.5 inline-block h-4 w-1.5 animate-pulse bg-accent align-text-bottom" />
      </div>
    </Row>
  );
}
