'use client';

import { useQuery } from '@tanstack/react-query';
import { Hourglass } from 'lucide-react';
import Link from 'next/link';
import { useTRPC } from '@/components/trpc/trpc';

/** Said while something waits for room on this machine: how many, why the first one waits, and where the queue is shown. */
export function WaitingLine() {
  const trpc = useTRPC();
  const capacity = useQuery(trpc.system.capacity.queryOptions(undefined, { refetchInterval: 15_000 }));
  const waiting = [...(capacity.data?.waiting ?? [])].sort((one, other) => one.position - other.position);
  const [first] = waiting;
  if (!first) return null;
  return (
    <p role="status" className="flex items-start gap-2 rounded-lg border border-line bg-surface px-3 py-2 text-sm">
      <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-state-needs-you" />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <span className="font-medium">{waiting.length === 1 ? '1 waits' : `${waiting.length} wait`} for room.</span> Next is {first.kind === 'run' ? 'a run in ' : ''}
        {first.workspaceName}. <span className="text-ink-soft">{first.reason}</span>
      </span>
      <Link href="/system" className="shrink-0 font-medium text-accent hover:underline">
        See the queue
      </Link>
    </p>
  );
}
