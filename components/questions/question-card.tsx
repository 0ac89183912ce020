'use client';

import { CircleHelp, ListChecks, ShieldQuestion } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import type { QuestionView } from '@/contract/question';
import type { RunView } from '@/contract/run';
import { ChoiceAnswer } from '@/components/questions/choice-answer';
import { CutAnswer } from '@/components/questions/cut-answer';
import { PermissionAnswer } from '@/components/questions/permission-answer';
import { PlanAnswer } from '@/components/questions/plan-answer';
import { asksFor } from '@/components/questions/question-texts';
import { useAnswer } from '@/components/questions/use-answer';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { FailureNotice } from '@/components/ui/failure-notice';
import { RelativeTime } from '@/components/ui/relative-time';

const icons = { permission: ShieldQuestion, plan: ListChecks, choice: CircleHelp, other: CircleHelp };
const bodies = { permission: PermissionAnswer, plan: PlanAnswer, choice: ChoiceAnswer, other: PermissionAnswer };

interface QuestionCardProps {
  question: QuestionView;
  run: RunView;
  /** The one that takes the focus. */
  first: boolean;
  /** Such as "1 of 2"; null when it is the only one. */
  place: string | null;
}

/** One question with what it is about and the ways to answer it. Takes the focus when it appears, but not from somebody who types. */
export function QuestionCard({ question, run, first, place }: QuestionCardProps) {
  const titleId = useId();
  const answer = useAnswer(run.id, question.id);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (first && !isTyping()) card.current?.focus({ preventScroll: true });
  }, [first]);
  const Icon = icons[question.kind];
  const Body = question.isCut ? CutAnswer : bodies[question.kind];
  return (
    <section ref={card} tabIndex={-1} aria-labelledby={titleId} className="flex flex-col gap-2.5 rounded-lg border border-state-needs-you/50 bg-surface p-3 shadow-sm outline-none focus-visible:border-state-needs-you">
      <div className="flex items-start gap-2">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-state-needs-you" />
        <h3 id={titleId} className="min-w-0 flex-1 text-sm font-semibold [overflow-wrap:anywhere]">
          {asksFor(question)}
        </h3>
        <span className="shrink-0 text-xs text-ink-faint">
          {place && `${place} · `}
          <RelativeTime date={question.askedAt} />
        </span>
      </div>
      <Body question={question} answer={answer} />
      {answer.failure !== null && <FailureNotice message={errorSentence(answer.failure)} kind={errorKind(answer.failure)} />}
    </section>
  );
}

function isTyping(): boolean {
  const active = document.activeElement;
  if (document.querySelector('dialog[open]')) return true;
  return active instanceof HTMLElement && (active.isContentEditable || active.matches('input, textarea, select'));
}
