'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useTRPC } from '@/components/trpc/trpc';

export type Resume = ReturnType<typeof useResumeRun>;

/** Goes on with a run and to the page of the new one. */
export function useResumeRun() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.runs.resume.mutationOptions({
      onSuccess: (next) => {
        queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: next.id }), next);
        void queryClient.invalidateQueries({ queryKey: trpc.runs.list.pathKey() });
        router.push(`/workspaces/${next.workspaceId}/runs/${next.id}`);
      },
    }),
  );
}
