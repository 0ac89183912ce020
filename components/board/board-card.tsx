'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import Link from 'next/link';
import { isFinal } from '@/contract/run';
import type { BoardCard } from '@/contract/board';
import { ChangeCount } from '@/components/runs/change-count';
import { formatCost } from '@/components/runs/run-figures';
import { RunState } from '@/components/runs/run-state';
import { useTRPC } from '@/components/trpc/trpc';
import { IconButton } from '@/components/ui/button';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';

/** A run on the board. The whole card leads to it; what one can do without opening it lies above that link. */
export function BoardCardItem({ card, showOwner }: { card: BoardCard; showOwner: boolean }) {
  const final = isFinal(card.status);
  return (
    <li className="relative flex flex-col gap-1.5 rounded-lg border border-line bg-surface p-3 text-sm hover:border-line-strong">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-xs">
        <RunState run={card} className="text-xs" />
        <span className="text-ink-faint">
          <RelativeTime date={card.finishedAt ?? card.statusSince} />
        </span>
        {card.variant && (
          <span className="whitespace-nowrap text-ink-soft">
            Variant {card.variant.position} of {card.variant.of}
            {card.variant.isChosen ? ' · chosen' : card.variant.isArchived ? ' · archived' : ''}
          </span>
        )}
        {card.column === 'needs_you' && final && <Dismiss card={card} />}
      </div>
      <Link href={`/workspaces/${card.workspaceId}/runs/${card.runId}`} className="line-clamp-2 font-medium [overflow-wrap:anywhere] after:absolute after:inset-0">
        {card.title}
      </Link>
      <Words card={card} />
      <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-ink-faint">
        <span className="max-w-full truncate">
          {card.workspaceName} · #{card.number}
          {showOwner && ` · ${card.owner.login}`}
        </span>
        {card.files > 0 && <ChangeCount sum={card} />}
        {card.costUsd !== null && card.costUsd > 0 && <span className="tabular-nums">{formatCost(card.costUsd)}</span>}
      </div>
    </li>
  );
}

/** Why it stands where it stands; for what works and what is done, what Claude said last. */
function Words({ card: { column, statusReason, nextStep, lastSaid, parkedUntil } }: { card: BoardCard }) {
  const words = column === 'needs_you' || column === 'waiting' ? (statusReason ?? nextStep) : (lastSaid ?? statusReason);
  if (!words) return null;
  return (
    <p className="line-clamp-3 text-ink-soft [overflow-wrap:anywhere]">
      {words}
      {column === 'waiting' && parkedUntil && (
        <>
          {' Goes on '}
          <TimeUntil date={parkedUntil} />.
        </>
      )}
    </p>
  );
}

function Dismiss({ card }: { card: BoardCard }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const dismiss = useMutation(trpc.board.dismiss.mutationOptions({ onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.board.pathKey() }) }));
  return (
    <IconButton label={`Dismiss run #${card.number}: it needs nothing more`} className="z-10 -my-1 ml-auto" disabled={dismiss.isPending} onClick={() => dismiss.mutate({ runId: card.runId })}>
      <Check aria-hidden />
    </IconButton>
  );
}
