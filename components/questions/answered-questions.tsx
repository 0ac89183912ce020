'use client';

import { Check, CircleSlash, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { QuestionView } from '@/contract/question';
import { wasAbout } from '@/components/questions/question-texts';
import { RelativeTime } from '@/components/ui/relative-time';

/** What was answered, one line each, folded; what Claude has not got yet stands open. */
export function AnsweredQuestions({ questions }: { questions: readonly QuestionView[] }) {
  const waiting = questions.filter(({ delivery }) => delivery === 'waiting');
  const rest = questions.filter(({ delivery }) => delivery !== 'waiting');
  if (questions.length === 0) return null;
  return (
    <div className="flex flex-col gap-1 text-xs">
      {rest.length > 0 && (
        <details className="rounded-md border border-line bg-surface px-3 py-1.5">
          <summary className="cursor-pointer font-medium text-ink-soft">{rest.length === 1 ? 'One answered question' : `${rest.length} answered questions`}</summary>
          <ul tabIndex={0} aria-label="Answered questions" className="mt-1.5 flex max-h-48 flex-col gap-1.5 overflow-y-auto">
            {rest.map((question) => (
              <AnsweredLine key={question.id} question={question} />
            ))}
          </ul>
        </details>
      )}
      {waiting.length > 0 && (
        <ul className="flex flex-col gap-1.5 px-3 py-1" aria-live="polite">
          {waiting.map((question) => (
            <AnsweredLine key={question.id} question={question} />
          ))}
        </ul>
      )}
    </div>
  );
}

const looks = {
  waiting: { icon: LoaderCircle, color: 'text-ink-faint animate-spin', note: ' · on its way to Claude' },
  delivered: { icon: Check, color: 'text-state-succeeded', note: '' },
  lost: { icon: TriangleAlert, color: 'text-state-needs-you', note: ' · Claude had ended before it came' },
  none: { icon: CircleSlash, color: 'text-ink-faint', note: '' },
};

function AnsweredLine({ question }: { question: QuestionView }) {
  const { icon: Icon, color, note } = looks[question.delivery ?? 'none'];
  return (
    <li className="flex items-start gap-2">
      <Icon aria-hidden className={`mt-0.5 size-3.5 shrink-0 ${color}`} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-mono text-ink-soft" title={wasAbout(question)}>
          {wasAbout(question)}
        </span>
        <span className="[overflow-wrap:anywhere] text-ink-faint">
          {question.answeredBy && `${question.answeredBy.login}: `}
          {question.answerInWords}
          {note}
          {question.answeredAt && (
            <>
              {' · '}
              <RelativeTime date={question.answeredAt} />
            </>
          )}
        </span>
      </span>
    </li>
  );
}
