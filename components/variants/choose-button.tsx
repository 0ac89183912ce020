'use client';

import { ArchiveRestore, Check } from 'lucide-react';
import { useState } from 'react';
import { isFinal } from '@/contract/run';
import type { VariantGroup, VariantView } from '@/contract/variant';
import { Button } from '@/components/ui/button';
import { ChooseDialog } from '@/components/variants/choose-dialog';
import type { VariantDecisions } from '@/components/variants/use-variant-decisions';

/** Chooses a variant, brings an archived one back, or takes the choice of this one back. */
export function ChooseButton({ group, variant, decisions }: { group: VariantGroup; variant: VariantView; decisions: VariantDecisions }) {
  const [asking, setAsking] = useState(false);
  const { busy } = decisions;
  const isBusy = (what: NonNullable<typeof busy>['what']) => busy?.what === what && (busy.runId === null || busy.runId === variant.runId);
  if (group.chosen?.runId === variant.runId) {
    return (
      <Button size="small" busy={isBusy('unchoose')} disabled={busy !== null && !isBusy('unchoose')} onClick={decisions.unchoose}>
        Take the choice back
      </Button>
    );
  }
  const final = isFinal(variant.newest.status);
  const mayRestore = variant.archivedAt !== null || (variant.worktreeProblem !== null && variant.worktree === 'away');
  return (
    <>
      <Button size="small" variant={group.chosen ? 'plain' : 'primary'} icon={<Check aria-hidden className="size-3.5" />} busy={isBusy('choose')} disabled={!final || (busy !== null && !isBusy('choose'))} title={final ? undefined : 'A variant can be chosen when its run has ended.'} onClick={() => setAsking(true)}>
        Choose
      </Button>
      {mayRestore && (
        <Button size="small" variant="quiet" icon={<ArchiveRestore aria-hidden className="size-3.5" />} busy={isBusy('restore')} disabled={busy !== null && !isBusy('restore')} onClick={() => decisions.restore(variant.runId)}>
          Restore
        </Button>
      )}
      <ChooseDialog group={group} variant={variant} open={asking} onClose={() => setAsking(false)} onYes={() => decisions.choose(variant.runId)} />
    </>
  );
}
