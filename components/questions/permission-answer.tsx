'use client';

import { useState } from 'react';
import type { QuestionView } from '@/contract/question';
import { ChangeInput } from '@/components/questions/change-input';
import { DenyForm } from '@/components/questions/deny-form';
import { QuestionInput } from '@/components/questions/question-input';
import type { Answering } from '@/components/questions/use-answer';
import { Button } from '@/components/ui/button';

/** May Claude use this tool with this input? */
export function PermissionAnswer({ question, answer }: { question: QuestionView; answer: Answering }) {
  const [doing, setDoing] = useState<'look' | 'change' | 'deny'>('look');
  const back = () => setDoing('look');
  if (doing === 'change') return <ChangeInput question={question} answer={answer} onBack={back} />;
  if (doing === 'deny') {
    return (
      <>
        <QuestionInput question={question} />
        <DenyForm answer={answer} onBack={back} label="What Claude should do instead" deny="Deny" stoppable />
      </>
    );
  }
  return (
    <>
      <QuestionInput question={question} />
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="primary" size="small" busy={answer.busy} onClick={() => answer.give({ kind: 'allow', always: false })}>
          Allow
        </Button>
        {question.alwaysInWords && (
          <Button size="small" disabled={answer.busy} title={`Do not ask again in this run for: ${question.alwaysInWords}`} onClick={() => answer.give({ kind: 'allow', always: true })}>
            Allow for this run
          </Button>
        )}
        <Button size="small" variant="danger" disabled={answer.busy} onClick={() => setDoing('deny')}>
          Deny…
        </Button>
        {!question.hasMasked && (
          <Button size="small" variant="quiet" disabled={answer.busy} onClick={() => setDoing('change')}>
            Change…
          </Button>
        )}
      </div>
      {question.alwaysInWords && <p className="text-xs text-ink-faint [overflow-wrap:anywhere]">“Allow for this run” covers {question.alwaysInWords}.</p>}
      {question.hasMasked && <p className="text-xs text-ink-faint">A part of this is masked. Claude uses what it wrote itself.</p>}
    </>
  );
}
