'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addFollowUpInput } from '@/contract/follow-up';
import type { RunView } from '@/contract/run';
import { choicesOf, readChoices, type RunChoices } from '@/components/steering/run-choices';
import { useDraft } from '@/components/steering/use-draft';
import { useGoToRun } from '@/components/steering/use-follow-ups';
import { useTRPC } from '@/components/trpc/trpc';

/** What is being written for a conversation, how it shall be carried out, and sending it. The text is kept until it has arrived. */
export function useSendFollowUp(run: RunView) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const goToRun = useGoToRun();
  const [text, setText] = useDraft(run.claudeSessionId);
  const [chosen, setChosen] = useState<RunChoices | null>(null);
  const choices = chosen ?? choicesOf(run);
  const [problem, setProblem] = useState<string | null>(null);
  const add = useMutation(
    trpc.followUps.add.mutationOptions({
      onSuccess: async ({ startedRun }) => {
        setText('');
        setChosen(null);
        if (startedRun) goToRun(startedRun);
        await queryClient.invalidateQueries({ queryKey: trpc.followUps.list.queryKey({ runId: run.id }) });
      },
    }),
  );
  const forget = () => {
    setProblem(null);
    if (add.isError) add.reset();
  };
  const submit = (now: boolean): boolean => {
    if (add.isPending) return false;
    const read = readChoices(choices);
    if (typeof read === 'string') {
      setProblem(read);
      return false;
    }
    const { limits, ...others } = read;
    const sameLimits = limits.maxTurns === run.maxTurns && limits.budgetUsd === run.budgetUsd;
    const input = addFollowUpInput.safeParse({ runId: run.id, prompt: text, now, ...others, ...(!sameLimits && { limits }) });
    setProblem(input.success ? null : (input.error.issues[0]?.message ?? 'This cannot be sent.'));
    if (input.success) add.mutate(input.data);
    return input.success;
  };
  return {
    text,
    change: (next: string) => {
      setText(next);
      forget();
    },
    choices,
    choose: (next: RunChoices) => {
      setChosen(next);
      forget();
    },
    submit,
    problem,
    busy: add.isPending,
    error: add.error,
  };
}

export type SendFollowUp = ReturnType<typeof useSendFollowUp>;
