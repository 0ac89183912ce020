'use client';

import { useState } from 'react';
import type { QuestionView } from '@/contract/question';
import { ChoiceFields, type Chosen } from '@/components/questions/choice-fields';
import { DenyForm } from '@/components/questions/deny-form';
import type { Answering } from '@/components/questions/use-answer';
import { Button } from '@/components/ui/button';

const chosenOf = ({ labels, own }: Chosen): string[] => [...labels, ...(own.trim() ? [own.trim()] : [])];

/** Claude's own questions, each with its options and a free answer. */
export function ChoiceAnswer({ question, answer }: { question: QuestionView; answer: Answering }) {
  const [chosen, setChosen] = useState<Chosen[]>(() => question.choices.map(() => ({ labels: [], own: '' })));
  const [declines, setDeclines] = useState(false);
  const complete = chosen.every((one) => chosenOf(one).length > 0);
  if (declines) return <DenyForm answer={answer} onBack={() => setDeclines(false)} label="What Claude should do instead" deny="Do not choose" stoppable />;
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && !answer.busy) answer.give({ kind: 'choose', chosen: chosen.map(chosenOf) });
      }}
    >
      {question.choices.map((choice, index) => (
        <ChoiceFields key={index} choice={choice} chosen={chosen[index] ?? { labels: [], own: '' }} disabled={answer.busy} onChange={(next) => setChosen(chosen.map((one, at) => (at === index ? next : one)))} />
      ))}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" size="small" busy={answer.busy} disabled={!complete}>
          Answer
        </Button>
        <Button size="small" variant="quiet" disabled={answer.busy} onClick={() => setDeclines(true)}>
          None of these…
        </Button>
      </div>
    </form>
  );
}
