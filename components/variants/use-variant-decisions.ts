'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { VariantGroup } from '@/contract/variant';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';

/** What a person can decide about the variants of a group. `busy`: which of them is on its way. */
export interface VariantDecisions {
  choose: (runId: string) => void;
  unchoose: () => void;
  restore: (runId: string) => void;
  checkAgain: (runId: string) => void;
  busy: { what: 'choose' | 'unchoose' | 'restore' | 'checkAgain'; runId: string | null } | null;
  failure: string | null;
}

export function useVariantDecisions(groupId: string): VariantDecisions {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const shown = {
    onSuccess: (next: VariantGroup) => {
      queryClient.setQueryData(trpc.variants.byId.queryKey({ groupId }), next);
      void queryClient.invalidateQueries({ queryKey: trpc.runs.list.pathKey() });
      void queryClient.invalidateQueries({ queryKey: trpc.board.pathKey() });
    },
  };
  const choose = useMutation(trpc.variants.choose.mutationOptions(shown));
  const unchoose = useMutation(trpc.variants.unchoose.mutationOptions(shown));
  const restore = useMutation(trpc.variants.restore.mutationOptions(shown));
  const checkAgain = useMutation(trpc.variants.checkAgain.mutationOptions(shown));
  const all = { choose, unchoose, restore, checkAgain };
  const named = Object.entries(all) as [keyof typeof all, (typeof all)[keyof typeof all]][];
  const pending = named.find(([, { isPending }]) => isPending);
  const failed = named.toSorted(([, one], [, other]) => other.submittedAt - one.submittedAt)[0]?.[1];
  return {
    choose: (runId) => choose.mutate({ groupId, runId }),
    unchoose: () => unchoose.mutate({ groupId }),
    restore: (runId) => restore.mutate({ groupId, runId }),
    checkAgain: (runId) => checkAgain.mutate({ groupId, runId }),
    busy: pending ? { what: pending[0], runId: pending[1].variables && 'runId' in pending[1].variables ? pending[1].variables.runId : null } : null,
    failure: failed?.isError ? errorSentence(failed.error) : null,
  };
}
