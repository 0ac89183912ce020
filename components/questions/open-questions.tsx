'use client';

import { useQuery } from '@tanstack/react-query';
import { isFinal, type RunView } from '@/contract/run';
import { AnsweredQuestions } from '@/components/questions/answered-questions';
import { QuestionCard } from '@/components/questions/question-card';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';

/** What Claude asks and waits for, with the buttons that answer it, above what was answered; nothing where nothing was asked. */
export function OpenQuestions({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const waits = run.status === 'needs_you';
  const questions = useQuery(trpc.questions.list.queryOptions({ runId: run.id }, { refetchInterval: waits ? 5_000 : false }));
  if (questions.isPending) return waits ? <Skeleton className="h-36 w-full" /> : null;
  if (questions.isError) return waits ? <FailureNotice message={errorSentence(questions.error)} kind={errorKind(questions.error)} onRetry={() => void questions.refetch()} /> : null;
  const open = isFinal(run.status) || run.status === 'stopping' ? [] : questions.data.filter(({ status }) => status === 'open');
  const settled = questions.data.filter(({ status }) => status !== 'open');
  if (open.length + settled.length === 0) return null;
  return (
    <div className="flex max-h-[60dvh] min-h-0 flex-col gap-2 overflow-y-auto overscroll-contain">
      <AnsweredQuestions questions={settled} />
      {open.map((question, index) => (
        <QuestionCard key={question.id} question={question} run={run} first={index === 0} place={open.length > 1 ? `${index + 1} of ${open.length}` : null} />
      ))}
    </div>
  );
}
