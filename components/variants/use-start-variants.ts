'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { readChoices, type RunChoices } from '@/components/steering/run-choices';
import { useTRPC } from '@/components/trpc/trpc';
import { oneVariant, readVariantChoices, type VariantChoices } from '@/components/variants/variant-choices';

/** Starts a prompt several times, as it was chosen, and goes to the page on which the tries are compared. Beside `useStartRun`, with the same shape. */
export function useStartVariants(workspaceId: string, onStarted: () => void) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [chosen, setChosen] = useState<VariantChoices>(oneVariant);
  const [problem, setProblem] = useState<string | null>(null);
  const last = useQuery({ ...trpc.variants.lastCheck.queryOptions({ workspaceId }), enabled: chosen.count > 1 }).data;
  const start = useMutation(
    trpc.variants.start.mutationOptions({
      onSuccess: (group) => {
        onStarted();
        queryClient.setQueryData(trpc.variants.byId.queryKey({ groupId: group.id }), group);
        void queryClient.invalidateQueries({ queryKey: trpc.runs.list.pathKey() });
        router.push(`/variants/${group.id}`);
      },
    }),
  );
  const submit = (prompt: string, choices: RunChoices) => {
    if (start.isPending || start.isSuccess) return;
    const read = readChoices(choices);
    if (typeof read === 'string') return setProblem(read);
    const shown = { ...chosen, checkCommand: chosen.checkCommand ?? last?.checkCommand ?? null, checkMinutes: chosen.checkMinutes ?? (last ? String(last.checkMinutes) : null) };
    const input = readVariantChoices(workspaceId, prompt, read, shown);
    setProblem(typeof input === 'string' ? input : null);
    if (typeof input !== 'string') start.mutate(input);
  };
  const forget = () => {
    setProblem(null);
    if (start.isError) start.reset();
  };
  const choose = (next: VariantChoices) => {
    setChosen(next);
    forget();
  };
  return { chosen, choose, last, submit, forget, problem, busy: start.isPending || start.isSuccess, error: start.error };
}
