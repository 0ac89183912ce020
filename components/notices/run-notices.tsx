'use client';

import { useQuery } from '@tanstack/react-query';
import { isFinal, type RunView } from '@/contract/run';
import type { RunNotice } from '@/contract/run-notice';
import { pastTitle, whatComesNext } from '@/components/notices/notice-sentences';
import { useTRPC } from '@/components/trpc/trpc';
import { exactTime, RelativeTime, TimeUntil } from '@/components/ui/relative-time';

/** What the watchdog has noticed about the run, what it did and what comes next: one calm line while it goes on, what is past folded away. */
export function RunNotices({ run }: { run: RunView }) {
  const trpc = useTRPC();
  // Beside the page, not part of it: where this cannot be read, the state of the run still says what matters.
  const notices = useQuery(trpc.notices.list.queryOptions({ runId: run.id }));
  const all = notices.data ?? [];
  if (all.length === 0) return null;
  const current = isFinal(run.status) ? undefined : all.findLast(({ endedAt }) => endedAt === null);
  const past = all.filter((notice) => notice !== current);
  return (
    <section aria-label="Watchdog" className="flex flex-col gap-1 text-sm text-ink-soft">
      {current && <CurrentNotice notice={current} saidAlready={run.statusReason === current.said} />}
      {past.length > 0 && <PastNotices notices={past} />}
    </section>
  );
}

function CurrentNotice({ notice, saidAlready }: { notice: RunNotice; saidAlready: boolean }) {
  return (
    <p role="status" className="[overflow-wrap:anywhere]">
      {!saidAlready && `${notice.said} `}
      Noticed <RelativeTime date={notice.at} />
      {notice.next ? (
        <>
          ; <TimeUntil date={notice.next.at} /> {whatComesNext(notice.next.action)}.
        </>
      ) : (
        '. Nothing is done about it by itself.'
      )}
    </p>
  );
}

function PastNotices({ notices }: { notices: readonly RunNotice[] }) {
  return (
    <details className="group">
      <summary className="w-fit cursor-pointer rounded-sm text-xs text-ink-faint hover:text-ink-soft">{pastTitle(notices)}</summary>
      <ol className="mt-1 flex flex-col gap-1 border-l border-line pl-3 text-xs">
        {notices.map((notice) => (
          <li key={notice.id} className="[overflow-wrap:anywhere]">
            <time dateTime={notice.at.toISOString()} title={exactTime(notice.at)} className="mr-2 text-ink-faint tabular-nums" suppressHydrationWarning>
              {notice.at.toLocaleTimeString()}
            </time>
            {notice.said}
          </li>
        ))}
      </ol>
    </details>
  );
}
