'use client';

import { clsx } from 'clsx';
import { useBoard } from '@/components/board/use-board';

/** How many runs wait for this person; nothing when none does. */
export function NeedsYouCount({ compact = false }: { compact?: boolean }) {
  const count = useBoard().data?.filter(({ column }) => column === 'needs_you').length ?? 0;
  if (count === 0) return null;
  return (
    <span className={clsx('rounded-full bg-accent font-semibold text-on-accent tabular-nums', compact ? 'absolute -top-1.5 left-3 px-1 text-[11px] leading-4' : 'ml-auto px-1.5 text-xs leading-5')}>
      <span aria-hidden>{count > 99 ? '99+' : count}</span>
      <span className="sr-only">
        , {count} {count === 1 ? 'needs' : 'need'} you
      </span>
    </span>
  );
}
