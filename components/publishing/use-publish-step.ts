'use client';

import { useQueryClient } from '@tanstack/react-query';
import type { PublishState } from '@/contract/publishing';
import { useTRPC } from '@/components/trpc/trpc';

/** What every step does with its answer: it is how things stand now. After a failure that is asked for, since part of it may have happened. */
export function usePublishStep(runId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const queryKey = trpc.publishing.state.queryKey({ runId });
  return {
    onSuccess: (state: PublishState) => void queryClient.setQueryData(queryKey, state),
    onError: () => void queryClient.invalidateQueries({ queryKey }),
  };
}
