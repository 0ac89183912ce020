'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { retentionWords, type RetentionForecast } from '@/contract/retention';
import { inSentence, ruleInWords, sumInWords } from '@/components/retention/rule-words';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

interface Shown {
  forecast: RetentionForecast;
  bundleKeepDays: number;
}

/** Asks once more, with the figures, before a rule acts at once. */
export function ApplyNowDialog({ open, onClose, ...shown }: { open: boolean; onClose: () => void } & Shown) {
  const { title } = retentionWords[shown.forecast.kind];
  return (
    <Dialog open={open} onClose={onClose} title={`Apply the rule now: ${title}?`}>
      <Question {...shown} onClose={onClose} />
    </Dialog>
  );
}

function Question({ forecast: { kind, rule, goes }, bundleKeepDays, onClose }: Shown & { onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const apply = useMutation(
    trpc.retention.applyNow.mutationOptions({
      onSuccess: (view) => {
        queryClient.setQueryData(trpc.retention.forecast.queryKey(), view);
        onClose();
      },
      onError: () => void queryClient.invalidateQueries({ queryKey: trpc.retention.forecast.queryKey() }),
    }),
  );
  const isKept = kind === 'worktrees';
  return (
    <>
      <p>
        <span className="font-medium">{sumInWords(kind, goes)}</span> {isKept ? 'are put into checkpoints and leave their places' : 'go, and nobody can bring them back'}.
      </p>
      <p className="text-ink-soft">
        By the rule: {inSentence(ruleInWords(kind, rule, bundleKeepDays))}. The worker begins within seconds. {isKept ? 'Files that git ignores are not in a checkpoint.' : 'A backup that was made before still has them.'}
      </p>
      {apply.isError && <FailureNotice message={errorSentence(apply.error)} kind={errorKind(apply.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" busy={apply.isPending} disabled={goes.items === 0} onClick={() => apply.mutate({ kind, ...goes })}>
          Apply now
        </Button>
      </DialogFooter>
    </>
  );
}
