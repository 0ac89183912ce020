'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import type { RunView } from '@/contract/run';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

/** Says that the files of a conversation are in a checkpoint, and brings them back. */
export function FilesAwayNotice({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const bring = useMutation(trpc.runs.bringFilesBack.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: run.id }), next) }));
  if (run.filesAway === null) return null;
  const { state, because, problem } = run.filesAway;
  if (state === 'coming') return <Notice kind="waiting">The files of this conversation are being brought back. You can go on with it in a moment, while its workspace runs.</Notice>;
  if (state === 'leaving') return <Notice kind="waiting">The files of this conversation are being put into a checkpoint, by the rule: {because}.</Notice>;
  const action = (
    <Button size="small" busy={bring.isPending} icon={<Undo2 aria-hidden className="size-3.5" />} onClick={() => bring.mutate({ runId: run.id })}>
      Bring the files back
    </Button>
  );
  return (
    <Notice kind={problem || bring.isError ? 'warning' : 'info'} action={action}>
      The files of this conversation were put into a checkpoint by the rule: {because}. Bring them back to go on with it.
      {problem && <p>They could not be brought back: {problem}</p>}
      {bring.isError && <p>{errorSentence(bring.error)}</p>}
    </Notice>
  );
}
