'use client';

import { clsx } from 'clsx';
import { ChevronRight, ScrollText, type LucideIcon } from 'lucide-react';
import { useContext, type ReactNode } from 'react';
import { exactTime } from '@/components/ui/relative-time';
import { timeOf, type Moment } from '@/components/conversation/conversation-items';
import type { Fields } from '@/components/conversation/event-fields';
import { BoundedText } from '@/components/conversation/bounded-text';
import { LoggedRun, RowRun } from '@/components/conversation/row-run';
import { useUnfolded } from '@/components/conversation/unfolded';
import { useShowInLog } from '@/components/runs/log-place';
import { IconButton } from '@/components/ui/button';

interface Placed {
  key: string;
  offset: number;
  moment: Moment;
  more: Fields | null;
}

/** A row: its picture, what it says, and on the right the way to its place in the log. */
export function RowFrame({ icon: Icon, color, spins, item, children }: { icon: LucideIcon; color?: string; spins?: boolean; item: Placed | null; children: ReactNode }) {
  return (
    <div className="group/row relative flex min-w-0 gap-2.5 pr-8">
      <Icon aria-hidden className={clsx('mt-[3px] size-4 shrink-0', color ?? 'text-ink-faint', spins && 'animate-spin')} />
      <div className="min-w-0 flex-1">
        {children}
        {item?.more && <MoreFields id={`${item.key} more`} fields={item.more} />}
      </div>
      {item && <ShowInLog item={item} />}
    </div>
  );
}

function ShowInLog({ item }: { item: Placed }) {
  const show = useShowInLog();
  const here = useContext(LoggedRun) === useContext(RowRun);
  if (!here) return null;
  const time = timeOf(item.moment);
  const label = time === null ? 'Show in log' : `Show in log · ${exactTime(new Date(time))}`;
  return (
    <IconButton label={label} className="absolute -top-0.5 right-0 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 focus-visible:opacity-100 [@media(hover:none)]:opacity-60" onClick={() => show('out', item.offset)}>
      <ScrollText aria-hidden />
    </IconButton>
  );
}

/** Fields that this page does not know, as they came: a newer CLI may say more than is shown. */
function MoreFields({ id, fields }: { id: string; fields: Fields }) {
  const [open, toggle] = useUnfolded(id);
  const names = Object.keys(fields);
  return (
    <div className="mt-0.5">
      <FoldButton open={open} onToggle={toggle}>
        {names.length === 1 ? names[0] : `${names.length} more fields`}
      </FoldButton>
      {open && <BoundedText id={id} text={JSON.stringify(fields, null, 2)} />}
    </div>
  );
}

/** Folds and unfolds what stands under it. */
export function FoldButton({ open, onToggle, children, className }: { open: boolean; onToggle: () => void; children: ReactNode; className?: string }) {
  return (
    <button type="button" aria-expanded={open} onClick={onToggle} className={clsx('flex max-w-full min-w-0 items-center gap-1 rounded text-left text-xs text-ink-faint hover:text-ink', className)}>
      <ChevronRight aria-hidden className={clsx('size-3.5 shrink-0', open && 'rotate-90')} />
      <span className="min-w-0 truncate">{children}</span>
    </button>
  );
}
