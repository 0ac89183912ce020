'use client';

import type { QuestionView } from '@/contract/question';
import { DenyForm } from '@/components/questions/deny-form';
import { QuestionInput } from '@/components/questions/question-input';
import type { Answering } from '@/components/questions/use-answer';

/** What is too large to be seen whole can only be denied: its beginning, and the words for Claude. */
export function CutAnswer({ question, answer }: { question: QuestionView; answer: Answering }) {
  return (
    <>
      <QuestionInput question={question} />
      <p className="text-sm text-ink-soft">Only the beginning is shown: this is too large to be allowed from here. Deny it and say what Claude shall do instead, such as doing it in smaller pieces.</p>
      <DenyForm answer={answer} label="What Claude should do instead" deny="Deny" stoppable />
    </>
  );
}
