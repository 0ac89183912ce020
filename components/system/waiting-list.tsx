import { CircleCheck, Hourglass } from 'lucide-react';
import Link from 'next/link';
import type { Waiting } from '@/contract/capacity';
import { formatSize } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

/** What waits for room, the next one first, each with why and since when. */
export function WaitingList({ waiting }: { waiting: Waiting[] }) {
  const inOrder = [...waiting].sort((one, other) => one.position - other.position);
  return (
    <Card>
      {inOrder.length === 0 ? (
        <p className="flex items-center gap-2 px-4 py-4 text-ink-soft">
          <CircleCheck aria-hidden className="size-4 shrink-0 text-state-succeeded" />
          Nothing waits.
        </p>
      ) : (
        <ol className="divide-y divide-line">
          {inOrder.map((entry) => (
            <li key={entry.id} className="grid grid-cols-[2rem_minmax(0,1fr)_auto] items-start gap-x-3 gap-y-0.5 px-4 py-3 text-sm">
              <span className="flex items-center gap-1 text-state-needs-you tabular-nums" title={`Place ${entry.position} in the queue`}>
                <Hourglass aria-hidden className="size-3.5" />
                {entry.position}
              </span>
              <Link href={entry.kind === 'run' ? `/workspaces/${entry.workspaceId}/runs/${entry.id}` : `/workspaces/${entry.workspaceId}`} className="truncate font-medium hover:underline">
                {entry.kind === 'run' ? 'A run in ' : 'The start of '}
                {entry.workspaceName}
              </Link>
              <span className="text-xs whitespace-nowrap text-ink-faint">
                {entry.needsBytes > 0 && `needs ${formatSize(entry.needsBytes)} · `}
                <RelativeTime date={entry.since} />
              </span>
              <p className="col-span-2 col-start-2 text-ink-soft [overflow-wrap:anywhere]">{entry.reason}</p>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
