'use client';

import { Rocket } from 'lucide-react';
import Link from 'next/link';
import { isFinal, type RunView } from '@/contract/run';
import { formatCost, promptTitle, runStart, sumChanges } from '@/components/runs/run-figures';
import { RunState } from '@/components/runs/run-state';
import { ChangeCount } from '@/components/runs/change-count';
import { EmptyState } from '@/components/ui/empty-state';
import { Elapsed, RelativeTime, TimeUntil } from '@/components/ui/relative-time';

/** A workspace's runs, newest first. */
export function RunsList({ runs }: { runs: RunView[] }) {
  if (runs.length === 0) {
    return (
      <div className="rounded-lg border border-line bg-surface">
        <EmptyState icon={Rocket} title="Nothing asked yet">
          Write above what Claude should do and start. Each run works on a branch of its own, so nothing gets in the way of anything.
        </EmptyState>
      </div>
    );
  }
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {runs.map((run) => (
        <RunRow key={run.id} run={run} />
      ))}
    </ul>
  );
}

function RunRow({ run }: { run: RunView }) {
  const changes = sumChanges(run.changedFiles);
  return (
    <li className="relative flex flex-col gap-1 px-4 py-3 hover:bg-hover md:flex-row md:items-center md:gap-4">
      <RunState run={run} className="text-sm md:w-36" />
      <div className="min-w-0 flex-1">
        <Link href={`/workspaces/${run.workspaceId}/runs/${run.id}`} className="block truncate font-medium after:absolute after:inset-0">
          {promptTitle(run.prompt)}
        </Link>
        <div className="truncate text-xs text-ink-faint">
          #{run.number} · {run.branch}
          {run.resumesRunId && ' · goes on'}
          {run.retriesRunId && ' · started again'}
          {run.variant && ` · variant ${run.variant.position} of ${run.variant.of}${run.variant.isChosen ? ', chosen' : run.variant.isArchived ? ', archived' : ''}`}
          {run.statusReason && !isFinal(run.status) && ` · ${run.statusReason}`}
          {run.status === 'parked' && run.parkedUntil && (
            <>
              {' Goes on '}
              <TimeUntil date={run.parkedUntil} />.
            </>
          )}
        </div>
      </div>
      <div className="flex shrink-0 items-center gap-4 text-xs text-ink-soft tabular-nums">
        {changes.files > 0 && <ChangeCount sum={changes} />}
        <span className="md:w-14 md:text-right">{formatCost(run.usage.costUsd)}</span>
        <span className="md:w-16 md:text-right">
          <Elapsed from={runStart(run)} to={run.finishedAt} />
        </span>
        <span className="ml-auto text-ink-faint md:w-20 md:text-right">
          <RelativeTime date={run.createdAt} />
        </span>
      </div>
    </li>
  );
}
