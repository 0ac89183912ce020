'use client';

import { isFinal } from '@/contract/run';
import type { VariantGroup, VariantView } from '@/contract/variant';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { count } from '@/components/ui/quantities';

interface ChooseDialogProps {
  group: VariantGroup;
  variant: VariantView;
  open: boolean;
  onClose: () => void;
  onYes: () => void;
}

/** Asked before a variant is chosen: what becomes of the others. */
export function ChooseDialog({ group, variant, open, onClose, onYes }: ChooseDialogProps) {
  const others = group.variants.filter((other) => other.runId !== variant.runId);
  const atWork = others.filter(({ newest }) => !isFinal(newest.status));
  return (
    <Dialog open={open} onClose={onClose} title={`Choose variant ${variant.position}?`}>
      <ul className="flex list-disc flex-col gap-1 pl-5 text-ink-soft">
        {atWork.length > 0 && (
          <li className="font-medium text-state-failed">
            {atWork.length === 1 ? `Variant ${atWork[0]?.position} still works and is stopped.` : `${count(atWork.length, 'variant')} still work and are stopped.`}
          </li>
        )}
        <li>{others.length === 1 ? 'The other one is' : 'The others are'} archived: out of the board and the list of runs, but not deleted.</li>
        <li>Their files are kept in a checkpoint and their branches stay; only what git ignores is not kept. You can restore them, or choose another one later.</li>
      </ul>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          {atWork.length > 0 ? 'Stop the others and choose it' : `Choose variant ${variant.position}`}
        </Button>
      </div>
    </Dialog>
  );
}
