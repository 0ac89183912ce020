import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { AnswerQuestionInput } from '@/contract/question';
import { useTRPC } from '@/components/trpc/trpc';

export interface Answering {
  give: (answer: AnswerQuestionInput['answer']) => void;
  /** True while the answer is on its way to the server. */
  busy: boolean;
  failure: unknown;
}

/** Answers one question. When somebody else was faster, what they said is fetched as well. */
export function useAnswer(runId: string, questionId: string): Answering {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const key = trpc.questions.list.queryKey({ runId });
  const mutation = useMutation(
    trpc.questions.answer.mutationOptions({
      onSuccess: (questions) => queryClient.setQueryData(key, questions),
      onError: () => queryClient.invalidateQueries({ queryKey: key }),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.runs.byId.queryKey({ runId }) }),
    }),
  );
  return { give: (answer) => mutation.mutate({ runId, questionId, answer }), busy: mutation.isPending, failure: mutation.error };
}
