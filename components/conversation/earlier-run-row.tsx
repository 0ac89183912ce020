'use client';

import { clsx } from 'clsx';
import { ChevronRight, ExternalLink } from 'lucide-react';
import Link from 'next/link';
import type { ConversationRun } from '@/contract/conversation';
import { formatCost, promptTitle } from '@/components/runs/run-figures';
import { RunState } from '@/components/runs/run-state';
import { Elapsed } from '@/components/ui/relative-time';

/** An earlier run of the conversation in one line; unfolds to what was said in it. */
export function EarlierRunRow({ run, workspaceId, unfolded, onToggle }: { run: ConversationRun; workspaceId: string; unfolded: boolean; onToggle: () => void }) {
  const began = run.startedAt ?? run.createdAt;
  return (
    <div className="flex min-w-0 items-center gap-1 rounded-lg border border-line bg-surface">
      <button type="button" aria-expanded={unfolded} onClick={onToggle} className="flex min-w-0 flex-1 items-center gap-2 rounded-lg px-2 py-1.5 text-left hover:bg-hover">
        <ChevronRight aria-hidden className={clsx('size-4 shrink-0 text-ink-faint', unfolded && 'rotate-90')} />
        <span className="shrink-0 text-xs text-ink-faint">Run #{run.number}</span>
        <span className="min-w-0 flex-1 truncate">{promptTitle(run.promptStart)}</span>
        {run.detailsRemovedAt && <span className="shrink-0 text-xs text-ink-faint">no longer kept</span>}
        <span className="shrink-0 text-xs text-ink-faint max-sm:hidden">
          <Elapsed from={began} to={run.finishedAt} />
          {run.usage.costUsd !== null && ` · ${formatCost(run.usage.costUsd)}`}
        </span>
        <RunState run={{ status: run.status, parkedFor: null }} className="shrink-0 text-xs" />
      </button>
      <Link href={`/workspaces/${workspaceId}/runs/${run.id}`} aria-label={`Open run #${run.number}`} title={`Open run #${run.number}`} className="mr-1 grid size-7 shrink-0 place-items-center rounded-md text-ink-soft hover:bg-hover hover:text-ink">
        <ExternalLink aria-hidden className="size-4" />
      </Link>
    </div>
  );
}
