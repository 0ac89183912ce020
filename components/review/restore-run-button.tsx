'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { useState } from 'react';
import type { RunView } from '@/contract/run';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';

/** Makes the worktree what it was at the end of this run, after asking. */
export function RestoreRunButton({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const restore = useMutation(trpc.review.restoreRun.mutationOptions({ onSettled: () => queryClient.invalidateQueries(trpc.checkpoints.pathFilter()) }));
  const close = () => {
    setOpen(false);
    restore.reset();
  };
  return (
    <>
      <Button size="small" variant="quiet" icon={<History aria-hidden className="size-4" />} onClick={() => setOpen(true)}>
        Restore
      </Button>
      <Dialog open={open} onClose={close} title={`Restore the files of run #${run.number}?`}>
        {restore.isSuccess ? (
          <Notice>The files are what they were at the end of run #{run.number}. What they were before is kept as a checkpoint of the workspace.</Notice>
        ) : (
          <p>All files of the worktree become what they were when run #{run.number} ended. Branch, commits and ignored files stay. A checkpoint of what is there now is taken first.</p>
        )}
        {restore.isError && <FailureNotice message={errorSentence(restore.error)} kind={errorKind(restore.error)} />}
        <DialogFooter>
          <Button onClick={close}>{restore.isSuccess ? 'Close' : 'Cancel'}</Button>
          {!restore.isSuccess && (
            <Button variant="danger" busy={restore.isPending} onClick={() => restore.mutate({ runId: run.id })}>
              Restore the files
            </Button>
          )}
        </DialogFooter>
      </Dialog>
    </>
  );
}
