'use client';

import { Play, RotateCw, Square, Trash2, X, type LucideIcon } from 'lucide-react';
import { batchActions, type BatchAction } from '@/contract/batch';
import type { ListedWorkspace } from '@/contract/workspace';
import { actionWords, affectedBy } from '@/components/batches/batch-words';
import { Button, IconButton } from '@/components/ui/button';
import type { Selection } from '@/components/workspaces/use-selection';

const icons: Record<BatchAction, LucideIcon> = { start: Play, stop: Square, restart: RotateCw, delete: Trash2 };

interface SelectionBarProps {
  selection: Selection;
  chosen: ListedWorkspace[];
  listed: number;
  onAct: (action: BatchAction) => void;
}

/** What can be done with those that are chosen; at the bottom of the screen while there are any. */
export function SelectionBar({ selection, chosen, listed, onAct }: SelectionBarProps) {
  if (chosen.length === 0) return null;
  return (
    <div role="region" aria-label="Chosen workspaces" className="sticky bottom-16 z-20 flex flex-wrap items-center gap-x-3 gap-y-2 self-center rounded-xl border border-line-strong bg-surface px-3 py-2 shadow-xl md:bottom-4">
      <span className="flex items-center gap-2 text-sm max-sm:w-full">
        <IconButton label="Choose none" onClick={selection.clear}>
          <X aria-hidden />
        </IconButton>
        <span aria-live="polite" className="font-medium tabular-nums">
          {chosen.length} chosen
        </span>
        {chosen.length < listed && (
          <button type="button" onClick={selection.chooseAll} className="text-accent underline-offset-2 hover:underline max-sm:ml-auto">
            Choose all {listed}
          </button>
        )}
      </span>
      <span className="flex flex-wrap gap-2">
        {batchActions.map((action) => {
          const Icon = icons[action];
          const affected = affectedBy(action, chosen).length;
          return (
            <Button key={action} size="small" variant={action === 'delete' ? 'danger' : 'plain'} disabled={affected === 0} icon={<Icon aria-hidden className="size-3.5" />} onClick={() => onAct(action)}>
              {actionWords[action].verb}
              {affected > 0 && affected < chosen.length && <span className="text-ink-faint tabular-nums">{affected}</span>}
            </Button>
          );
        })}
      </span>
    </div>
  );
}
