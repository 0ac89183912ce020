'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Square } from 'lucide-react';
import type { RunView } from '@/contract/run';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';

/** Stops a run. It says “Stopping…” until the server has proof that nothing of the run is left. */
export function StopRunButton({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const stop = useMutation(trpc.runs.stop.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: run.id }), next) }));
  const stopping = stop.isPending || run.status === 'stopping';
  return (
    <div className="flex flex-col items-end gap-1">
      <Button variant="danger" busy={stopping} icon={<Square aria-hidden className="size-3.5" />} onClick={() => stop.mutate({ runId: run.id })}>
        {stopping ? 'Stopping…' : 'Stop'}
      </Button>
      {stop.isError && (
        <p role="alert" className="max-w-64 text-right text-xs text-state-failed">
          {errorSentence(stop.error)}
        </p>
      )}
    </div>
  );
}
