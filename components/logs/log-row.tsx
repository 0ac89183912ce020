'use client';

import { clsx } from 'clsx';
import { memo, useState, type MouseEvent, type ReactNode } from 'react';
import { AnsiText } from '@/components/logs/ansi-text';
import type { LiveText } from '@/components/logs/live-message';
import type { LogRow as Row } from '@/components/logs/log-document';
import { LogEventRow } from '@/components/logs/log-event-row';

interface LogRowProps {
  row: Row;
  wrap: boolean;
  /** Null: times are not shown. Empty: this line says none. */
  time: string | null;
  marked: boolean;
  onNumber: (row: Row, extend: boolean) => void;
}

/** One line of the log: its number, a mark where it came from the error output, and the text. */
export const LogRow = memo(
  function LogRow({ row, wrap, time, marked, onNumber }: LogRowProps) {
    const [unfolded, setUnfolded] = useState(false);
    return (
      <Frame isError={row.stream === 'err'} spaced={row.kind === 'event'} marked={marked} number={<LineNumber row={row} onNumber={onNumber} />} time={time}>
        {row.text === null ? (
          <div className="min-h-5 text-ink-faint">
            <span className="sr-only">Loading</span>
            <span aria-hidden>⋯</span>
          </div>
        ) : row.kind === 'event' ? (
          <LogEventRow text={row.text} wrap={wrap} unfolded={unfolded} onToggle={() => setUnfolded(!unfolded)} />
        ) : (
          <div className={clsx('min-h-5', wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre')}>
            <AnsiText text={row.text} />
          </div>
        )}
        {row.cut && <div className="font-sans text-ink-faint">The line goes on. Choose its number and download it to see all of it.</div>}
      </Frame>
    );
  },
  (before, after) =>
    before.row.text === after.row.text && before.row.line === after.row.line && before.row.counted === after.row.counted && before.row.kind === after.row.kind && before.wrap === after.wrap && before.time === after.time && before.marked === after.marked && before.onNumber === after.onNumber,
);

function LineNumber({ row, onNumber }: { row: Row; onNumber: LogRowProps['onNumber'] }) {
  if (!row.counted) return null;
  const onClick = (event: MouseEvent) => onNumber(row, event.shiftKey);
  return (
    <button type="button" tabIndex={-1} aria-label={`Choose line ${row.line + 1}`} title="Choose this line; with Shift, all lines up to it" className="hover:text-ink hover:underline" onClick={onClick}>
      {row.line + 1}
    </button>
  );
}

function Frame({ number, isError, spaced = false, marked = false, time, children }: { number: ReactNode; isError: boolean; spaced?: boolean; marked?: boolean; time: string | null; children: ReactNode }) {
  return (
    <div className={clsx('flex border-l-2 pr-3', marked ? 'bg-accent-soft' : 'hover:bg-sunken', isError ? 'border-state-failed' : 'border-transparent', spaced && 'py-0.5')}>
      <span className="min-w-12 shrink-0 pr-2 text-right text-ink-faint tabular-nums select-none sm:min-w-16 sm:pr-3">{number}</span>
      {time !== null && <span className="w-20 shrink-0 text-ink-faint select-none">{time && <time dateTime={time} title={new Date(time).toLocaleString()}>{new Date(time).toLocaleTimeString()}</time>}</span>}
      {isError && <span className="sr-only">Error output: </span>}
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

const doing = { text: 'Claude is writing', thinking: 'Claude is thinking', tool: 'Claude is preparing' };

/** The message that is being written now. */
export function LiveRow({ live: { what, text } }: { live: LiveText }) {
  return (
    <Frame number={null} isError={false} spaced time={null}>
      <div className="font-sans text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
        <span className="text-ink-faint">{what === 'tool' ? `${doing.tool} ${text}` : `${doing[what]} `}</span>
        {what !== 'tool' && <span className={what === 'thinking' ? 'text-ink-faint italic' : undefined}>{text.slice(-4000)}</span>}
        <span aria-hidden className="ml-0.5 inline-block h-4 w-1.5 animate-pulse bg-accent align-text-bottom" />
      </div>
    </Frame>
  );
}
