'use client';

import { clsx } from 'clsx';
import { CircleAlert, CircleCheck, LoaderCircle, Radio, RefreshCw, type LucideIcon } from 'lucide-react';
import { Elapsed } from '@/components/ui/relative-time';
import type { LogConnection } from '@/components/logs/run-log-store';

const looks: Record<LogConnection['state'], { icon: LucideIcon; word: string; color: string; spins?: boolean }> = {
  connecting: { icon: LoaderCircle, word: 'Connecting', color: 'text-state-starting', spins: true },
  live: { icon: Radio, word: 'Live', color: 'text-state-running' },
  reconnecting: { icon: RefreshCw, word: 'Reconnecting', color: 'text-state-needs-you', spins: true },
  ended: { icon: CircleCheck, word: 'Ended', color: 'text-ink-soft' },
  error: { icon: CircleAlert, word: 'Not available', color: 'text-state-failed' },
};

/** Whether the log on the page grows by itself. Nothing is lost while it reconnects, and it says since when. */
export function LogConnectionLabel({ connection: { state, since, message } }: { connection: LogConnection }) {
  const { icon: Icon, word, color, spins } = looks[state];
  return (
    <span role="status" data-log-state={state} title={state === 'reconnecting' ? `${message ?? ''} Nothing is lost: it goes on from the same byte.`.trim() : word} className={clsx('inline-flex items-center gap-1.5 px-1 text-xs font-medium whitespace-nowrap', color)}>
      <Icon aria-hidden className={clsx('size-3.5', spins && 'animate-spin')} />
      <span className={state === 'ended' || state === 'live' || state === 'connecting' ? 'max-sm:sr-only' : undefined}>{word}</span>
      {state === 'reconnecting' && (
        <span aria-hidden className="font-normal">
          for <Elapsed from={new Date(since)} to={null} />
        </span>
      )}
    </span>
  );
}
