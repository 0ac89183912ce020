'use client';

import type { AuditEvent } from '@/contract/audit';
import { actionWords, actorWords, detailWords, subjectWords } from '@/components/audit/audit-words';
import { exactTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

const columns = 'md:grid md:grid-cols-[11rem_minmax(0,1fr)_minmax(0,1fr)] md:gap-4';

/** One event a row: when, who did what to whom, and the details. On a phone each is a card. */
export function AuditTable({ events }: { events: AuditEvent[] }) {
  return (
    <Card className="text-sm">
      <div role="table" aria-label="Audit log">
        <div role="row" className={`hidden border-b border-line px-4 py-2 text-xs font-medium text-ink-faint ${columns}`}>
          {['Time', 'Who and what', 'Details'].map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
        <div role="rowgroup" className="divide-y divide-line">
          {events.map((event) => (
            <AuditRow key={event.id} event={event} />
          ))}
        </div>
      </div>
    </Card>
  );
}

function AuditRow({ event }: { event: AuditEvent }) {
  const subject = subjectWords(event);
  return (
    <div role="row" className={`flex flex-col gap-1 px-4 py-2.5 ${columns}`}>
      <time role="cell" dateTime={event.at.toISOString()} className="text-ink-soft tabular-nums max-md:text-xs" suppressHydrationWarning>
        {exactTime(event.at)}
      </time>
      <span role="cell" className="min-w-0 [overflow-wrap:anywhere]">
        <span className="font-medium">{actorWords(event)}</span> {actionWords[event.action]}
        {subject && (
          <>
            : <span className="font-medium">{subject}</span>
          </>
        )}
      </span>
      <span role="cell" className="min-w-0 text-ink-soft [overflow-wrap:anywhere] max-md:text-xs">
        {detailWords(event)
          .map(({ name, value }) => `${name}: ${value}`)
          .join(' · ')}
      </span>
    </div>
  );
}
