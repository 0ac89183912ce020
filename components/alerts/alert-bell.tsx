'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { Bell } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import { AlertList } from '@/components/alerts/alert-list';
import { barLooks } from '@/components/frame/bar-looks';
import { useTRPC } from '@/components/trpc/trpc';

/** How many alerts are unread, and behind it the list: beside the rail, on a phone above the bar. */
export function AlertBell({ isAdmin, compact = false }: { isAdmin: boolean; compact?: boolean }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const unread = useQuery(trpc.alerts.unread.queryOptions(undefined, { refetchInterval: 60_000 })).data ?? 0;
  const count = unread > 99 ? '99+' : String(unread);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className={clsx('text-ink-soft hover:text-ink', compact ? barLooks : 'flex h-8 w-full items-center gap-2 rounded-md px-2 text-left font-medium hover:bg-hover')}
      >
        <span className="relative">
          <Bell aria-hidden className={compact ? 'size-5' : 'size-4'} />
          {compact && unread > 0 && <span aria-hidden className="absolute -top-1.5 left-3 rounded-full bg-accent px-1 text-[11px] leading-4 font-semibold text-on-accent">{count}</span>}
        </span>
        <span>
          Alerts
          {unread > 0 && <span className="sr-only">, {unread} unread</span>}
        </span>
        {!compact && unread > 0 && <span aria-hidden className="ml-auto rounded-full bg-accent px-1.5 text-xs leading-5 font-semibold text-on-accent tabular-nums">{count}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side={compact ? 'top' : 'right'}
          align={compact ? 'center' : 'end'}
          sideOffset={8}
          collisionPadding={8}
          aria-label="Alerts"
          className="z-50 flex max-h-[min(560px,calc(100dvh-80px))] w-[min(400px,calc(100vw-16px))] flex-col overflow-hidden rounded-xl border border-line bg-surface shadow-2xl outline-none"
        >
          <AlertList isAdmin={isAdmin} onDone={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
