'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Bookmark } from 'lucide-react';
import type { RunView } from '@/contract/run';
import { useTRPC } from '@/components/trpc/trpc';
import { IconButton } from '@/components/ui/button';
import { errorSentence } from '@/components/trpc/error-kind';

/** Whether retention leaves the conversation of a run alone. */
export function KeepButton({ run }: { run: Pick<RunView, 'id' | 'keptAt'> }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const keep = useMutation(trpc.runs.keep.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: run.id }), next) }));
  const isKept = run.keptAt !== null;
  return (
    <>
      <IconButton label="Keep this conversation, whatever the retention rules say" pressed={isKept} disabled={keep.isPending} onClick={() => keep.mutate({ runId: run.id, kept: !isKept })}>
        <Bookmark aria-hidden fill={isKept ? 'currentColor' : 'none'} />
      </IconButton>
      {keep.isError && (
        <span role="alert" className="text-xs text-state-failed">
          {errorSentence(keep.error)}
        </span>
      )}
    </>
  );
}
