'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BellOff } from 'lucide-react';
import Link from 'next/link';
import { AlertRow } from '@/components/alerts/alert-row';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';

/** The latest alerts of the person, newest first; `onDone` closes what the list is in. */
export function AlertList({ isAdmin, onDone }: { isAdmin: boolean; onDone: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const list = useQuery(trpc.alerts.list.queryOptions());
  const onSettled = () => void queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() });
  const markRead = useMutation(trpc.alerts.markRead.mutationOptions({ onSettled }));
  const markAllRead = useMutation(trpc.alerts.markAllRead.mutationOptions({ onSettled }));
  const failure = markRead.error ?? markAllRead.error;
  const hasNew = list.data?.some(({ readAt, resolvedAt }) => readAt === null && resolvedAt === null) ?? false;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex items-center justify-between gap-2 border-b border-line px-3 py-2">
        <h2 className="font-semibold">Alerts</h2>
        {hasNew && (
          <Button size="small" variant="quiet" busy={markAllRead.isPending} onClick={() => markAllRead.mutate()}>
            Mark all as read
          </Button>
        )}
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {failure && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
        <Loaded query={list} height="h-40">
          {(alerts) =>
            alerts.length === 0 ? (
              <EmptyState icon={BellOff} title="No alerts">
                What needs you while you are not looking stands here.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {alerts.map((alert) => (
                  <AlertRow
                    key={alert.id}
                    alert={alert}
                    onRead={() => markRead.mutate({ alertId: alert.id })}
                    onFollow={() => {
                      markRead.mutate({ alertId: alert.id });
                      onDone();
                    }}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </div>
      {isAdmin && (
        <Link href="/settings?tab=alerts" onClick={onDone} className="border-t border-line px-3 py-2 text-sm text-ink-soft hover:bg-hover hover:text-ink">
          Where alerts are sent
        </Link>
      )}
    </div>
  );
}
