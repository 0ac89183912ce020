'use client';

import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import Link from 'next/link';
import type { AlertView } from '@/contract/alert';
import { severityLooks } from '@/components/alerts/alert-looks';
import { IconButton } from '@/components/ui/button';
import { RelativeTime } from '@/components/ui/relative-time';

/** One alert in the list behind the bell. Its title leads to what helps; settled ones stand back. */
export function AlertRow({ alert, onRead, onFollow }: { alert: AlertView; onRead: () => void; onFollow: () => void }) {
  const { icon: Icon, color, word } = severityLooks[alert.severity];
  const isNew = alert.readAt === null && alert.resolvedAt === null;
  return (
    <li className={clsx('flex items-start gap-2.5 px-3 py-2.5', isNew && 'bg-accent-soft')}>
      <Icon role="img" aria-label={word} className={clsx('mt-0.5 size-4 shrink-0', alert.resolvedAt ? 'text-ink-faint' : color)} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {alert.link ? (
          <Link href={alert.link} onClick={onFollow} className="font-medium hover:underline">
            {alert.title}
          </Link>
        ) : (
          <p className="font-medium">{alert.title}</p>
        )}
        <p className="line-clamp-4 text-sm whitespace-pre-wrap text-ink-soft">{alert.body}</p>
        <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-ink-faint">
          <RelativeTime date={alert.lastAt} />
          {alert.count > 1 && <span>{alert.count} times</span>}
          {alert.resolvedAt && <span>settled</span>}
          {isNew && <span className="sr-only">unread</span>}
        </p>
      </div>
      {isNew && (
        <IconButton label={`Mark as read: ${alert.title}`} onClick={onRead}>
          <Check aria-hidden />
        </IconButton>
      )}
    </li>
  );
}
