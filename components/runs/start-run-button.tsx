'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { startRunInput } from '@/contract/run';
import { readChoices, type RunChoices } from '@/components/steering/run-choices';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';

/** Starts a run from a prompt, as it was chosen, and goes to its page; `onStarted` is called before. The prompt is checked here by the same rules as on the server. */
export function useStartRun(workspaceId: string, onStarted: () => void) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [problem, setProblem] = useState<string | null>(null);
  const start = useMutation(
    trpc.runs.start.mutationOptions({
      onSuccess: (run) => {
        onStarted();
        queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: run.id }), run);
        void queryClient.invalidateQueries({ queryKey: trpc.runs.list.pathKey() });
        router.push(`/workspaces/${workspaceId}/runs/${run.id}`);
      },
    }),
  );
  const submit = (prompt: string, choices: RunChoices) => {
    if (start.isPending || start.isSuccess) return;
    const read = readChoices(choices);
    if (typeof read === 'string') return setProblem(read);
    const { limits, ...others } = read;
    const input = startRunInput.safeParse({ workspaceId, prompt, ...others, maxTurns: limits.maxTurns ?? undefined, budgetUsd: limits.budgetUsd ?? undefined });
    setProblem(input.success ? null : (input.error.issues[0]?.message ?? 'This prompt cannot be used.'));
    if (input.success) start.mutate(input.data);
  };
  const forget = () => {
    setProblem(null);
    if (start.isError) start.reset();
  };
  return { submit, forget, problem, busy: start.isPending || start.isSuccess, error: start.error };
}

/** The button of the prompt box; the keys that do the same are named on it. */
export function StartRunButton({ variants, busy, disabled, onClick }: { variants: number; busy: boolean; disabled: boolean; onClick: () => void }) {
  return (
    <Button variant="primary" busy={busy} disabled={disabled} icon={<Play aria-hidden className="size-4" />} onClick={onClick} title="Ctrl+Enter or ⌘Enter">
      {busy ? 'Starting…' : variants > 1 ? `Start ${variants} variants` : 'Start run'}
    </Button>
  );
}
