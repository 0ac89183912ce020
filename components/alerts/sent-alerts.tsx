'use client';

import { clsx } from 'clsx';
import { BellOff } from 'lucide-react';
import type { AlertDeliveryView, SentAlertView } from '@/contract/alert';
import { channelNames, severityLooks } from '@/components/alerts/alert-looks';
import { EmptyState } from '@/components/ui/empty-state';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

/** The latest alerts of everybody, and what became of the messages about them. */
export function SentAlerts({ list }: { list: readonly SentAlertView[] }) {
  if (list.length === 0) {
    return (
      <Card>
        <EmptyState icon={BellOff} title="Nothing yet">
          Failed runs, expiring tokens, a full disk and a silent Docker stand here.
        </EmptyState>
      </Card>
    );
  }
  return (
    <Card>
      <ul className="divide-y divide-line">
        {list.map((alert) => (
          <SentAlert key={alert.id} alert={alert} />
        ))}
      </ul>
    </Card>
  );
}

function SentAlert({ alert }: { alert: SentAlertView }) {
  const { icon: Icon, color, word } = severityLooks[alert.severity];
  return (
    <li className="flex items-start gap-2.5 px-4 py-2.5 text-sm">
      <Icon role="img" aria-label={word} className={clsx('mt-0.5 size-4 shrink-0', alert.resolvedAt ? 'text-ink-faint' : color)} />
      <div className="flex min-w-0 flex-1 flex-col gap-1 [overflow-wrap:anywhere]">
        <p className="font-medium">{alert.title}</p>
        <p className="flex flex-wrap gap-x-2 text-xs text-ink-faint">
          <RelativeTime date={alert.lastAt} />
          {alert.login && <span>{alert.login}</span>}
          {alert.count > 1 && <span>{alert.count} times</span>}
          {alert.resolvedAt && <span>settled</span>}
        </p>
        {alert.deliveries.length > 0 && (
          <ul className="flex flex-col gap-0.5 text-xs">
            {alert.deliveries.map((delivery) => (
              <Delivery key={`${delivery.channel} ${delivery.purpose} ${delivery.finishedAt?.getTime() ?? 'waiting'}`} delivery={delivery} />
            ))}
          </ul>
        )}
      </div>
    </li>
  );
}

const purposes = { raised: '', still: ' (again)', settled: ' (settled)' };

function Delivery({ delivery: { channel, purpose, status, attempts, held, nextAt, lastFailure, finishedAt } }: { delivery: AlertDeliveryView }) {
  const name = `${channelNames[channel]}${purposes[purpose]}`;
  if (status === 'delivered') return <li className="text-ink-soft">{name}: delivered {finishedAt && <RelativeTime date={finishedAt} />}</li>;
  if (status === 'failed') return <li className="text-state-failed">{name}: failed. {lastFailure}</li>;
  if (held) return <li className="text-ink-soft">{name}: waits for the quiet time to end</li>;
  return (
    <li className={attempts > 0 ? 'text-state-needs-you' : 'text-ink-soft'}>
      {name}: {attempts > 0 ? <>{lastFailure ?? 'No answer yet.'} Next try {nextAt && <TimeUntil date={nextAt} />}</> : 'waits to go out'}
    </li>
  );
}
