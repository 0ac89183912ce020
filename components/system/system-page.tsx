'use client';

import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import type { SystemCheck } from '@/contract/system-status';
import { PageColumn } from '@/components/frame/page-header';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';

/** Whether this machine can do its work, and what to do where it cannot. */
export function SystemPage() {
  const trpc = useTRPC();
  const status = useQuery(trpc.system.status.queryOptions(undefined, { refetchInterval: 15_000 }));
  return (
    <PageColumn>
      <header className="flex items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">System</h1>
        <Button size="small" busy={status.isFetching} onClick={() => void status.refetch()}>
          Check again
        </Button>
      </header>
      {status.isError && <FailureNotice message={errorSentence(status.error)} kind={errorKind(status.error)} onRetry={() => void status.refetch()} />}
      {status.isPending && <Skeleton className="h-64 w-full" />}
      {status.data && (
        <>
          <dl className="grid gap-3 sm:grid-cols-2">
            <Fact name="Answers come from" value={status.data.claude === 'simulator' ? 'the built-in simulator' : 'Claude'} />
            <Fact name="Room for" value={`${status.data.workspacesThatFit} ${status.data.workspacesThatFit === 1 ? 'workspace' : 'workspaces'} of the default size`} />
          </dl>
          <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
            {status.data.checks.map((check) => (
              <CheckRow key={check.name} check={check} />
            ))}
          </ul>
        </>
      )}
    </PageColumn>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="rounded-lg border border-line bg-surface px-4 py-3">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="text-lg font-semibold">{value}</dd>
    </div>
  );
}

function CheckRow({ check }: { check: SystemCheck }) {
  const Icon = check.ok ? CircleCheck : CircleX;
  return (
    <li className="flex gap-3 px-4 py-3">
      <Icon aria-label={check.ok ? 'In order' : 'Not in order'} className={check.ok ? 'size-5 shrink-0 text-state-succeeded' : 'size-5 shrink-0 text-state-failed'} />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <div className="font-medium">{check.name}</div>
        <div className="text-sm text-ink-soft">{check.detail}</div>
        {!check.ok && check.fix && (
          <div className="mt-1 text-sm">
            <span className="font-medium">What to do: </span>
            {check.fix}
          </div>
        )}
      </div>
    </li>
  );
}
