'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import type { FollowUpQueue } from '@/contract/follow-up';
import type { RunView } from '@/contract/run';
import { useTRPC } from '@/components/trpc/trpc';

/** The queue of the conversation of a run. */
export function useFollowUps(runId: string) {
  const trpc = useTRPC();
  return useQuery(trpc.followUps.list.queryOptions({ runId }));
}

/** Goes to a run that has just been started. */
export function useGoToRun() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  return (run: RunView) => {
    queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: run.id }), run);
    void queryClient.invalidateQueries({ queryKey: trpc.runs.list.pathKey() });
    router.push(`/workspaces/${run.workspaceId}/runs/${run.id}`);
  };
}

/** What can be done with a queue. Each answer is the queue as it is then; after a refusal it is fetched, for somebody else has changed it. */
export function useQueueActions(runId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const goToRun = useGoToRun();
  const queryKey = trpc.followUps.list.queryKey({ runId });
  const outcome = {
    onSuccess: (queue: FollowUpQueue) => queryClient.setQueryData(queryKey, queue),
    onError: () => void queryClient.invalidateQueries({ queryKey }),
  };
  return {
    change: useMutation(trpc.followUps.change.mutationOptions(outcome)),
    move: useMutation(trpc.followUps.move.mutationOptions(outcome)),
    cancel: useMutation(trpc.followUps.cancel.mutationOptions(outcome)),
    goOn: useMutation(trpc.followUps.goOn.mutationOptions({ onSuccess: goToRun, onError: outcome.onError })),
  };
}
