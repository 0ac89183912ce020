'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { useState } from 'react';
import type { DiffBase } from '@/contract/review';
import type { PatchFile } from '@/components/review/parse-patch';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';

/** Puts one file of the worktree back to what it was at the base, after asking. */
export function RevertFileButton({ runId, against, file }: { runId: string; against: DiffBase; file: PatchFile }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const revert = useMutation(trpc.review.revertFile.mutationOptions({ onSettled: () => queryClient.invalidateQueries(trpc.checkpoints.pathFilter()) }));
  const close = () => {
    setOpen(false);
    revert.reset();
  };
  const began = against === 'run' ? 'this run began' : 'the conversation began';
  return (
    <>
      <IconButton label={`Put ${file.path} back`} onClick={() => setOpen(true)}>
        <Undo2 aria-hidden />
      </IconButton>
      <Dialog open={open} onClose={close} title="Put this file back?">
        <p className="font-mono text-xs [overflow-wrap:anywhere]">{file.path}</p>
        {revert.isSuccess ? (
          <Notice>The file is what it was when {began}. What all files were before is kept as a checkpoint of the workspace. This diff still shows what the run did.</Notice>
        ) : (
          <p>
            In the worktree it becomes what it was when {began}
            {file.status === 'added' ? ': it is removed' : ''}. A checkpoint of all files is taken first.
          </p>
        )}
        {revert.isError && <FailureNotice message={errorSentence(revert.error)} kind={errorKind(revert.error)} />}
        <DialogFooter>
          <Button onClick={close}>{revert.isSuccess ? 'Close' : 'Cancel'}</Button>
          {!revert.isSuccess && (
            <Button variant="danger" busy={revert.isPending} onClick={() => revert.mutate({ runId, fileId: file.id, against })}>
              Put it back
            </Button>
          )}
        </DialogFooter>
      </Dialog>
    </>
  );
}
