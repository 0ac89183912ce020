'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useTRPC } from '@/components/trpc/trpc';
import { Notice } from '@/components/ui/notice';

/** Said while something waits for room on this machine: how many, why the first one waits, and where the queue is shown. */
export function WaitingLine() {
  const trpc = useTRPC();
  const capacity = useQuery(trpc.system.capacity.queryOptions(undefined, { refetchInterval: 15_000 }));
  const waiting = [...(capacity.data?.waiting ?? [])].sort((one, other) => one.position - other.position);
  const [first] = waiting;
  if (!first) return null;
  return (
    <Notice
      kind="waiting"
      action={
        <Link href="/system" className="shrink-0 text-sm font-medium text-accent hover:underline">
          See the queue
        </Link>
      }
    >
      <span className="font-medium">{waiting.length === 1 ? '1 waits' : `${waiting.length} wait`} for room.</span> Next is {first.kind === 'run' ? 'a run in ' : ''}
      {first.workspaceName}. <span className="text-ink-soft">{first.reason}</span>
    </Notice>
  );
}
