'use client';

import { useState } from 'react';
import type { QuestionView } from '@/contract/question';
import { fieldsOf, textOf } from '@/components/conversation/event-fields';
import { DenyForm } from '@/components/questions/deny-form';
import type { Answering } from '@/components/questions/use-answer';
import { permissionModeWords } from '@/components/steering/permission-modes';
import { Button } from '@/components/ui/button';
import { Field, SelectInput } from '@/components/ui/field';
import { MarkdownText } from '@/components/ui/markdown';

const modes = ['bypassPermissions', 'acceptEdits', 'default'] as const;

/** A plan as Claude wrote it: carry it out, and how, or keep planning. */
export function PlanAnswer({ question, answer }: { question: QuestionView; answer: Answering }) {
  const [mode, setMode] = useState<(typeof modes)[number]>('bypassPermissions');
  const [keeps, setKeeps] = useState(false);
  const plan = textOf(fieldsOf(question.input)?.['plan']);
  return (
    <>
      <div role="group" aria-label="The plan" tabIndex={0} className="max-h-[40dvh] overflow-auto rounded-md bg-sunken px-3 py-2 text-sm">{plan ? <MarkdownText text={plan} /> : <p className="text-ink-soft">Claude has not written the plan into a file of its own: it stands in the conversation above.</p>}</div>
      {keeps && <DenyForm answer={answer} onBack={() => setKeeps(false)} label="What is missing in the plan" deny="Keep planning" stoppable />}
      {!keeps && (
        <div className="flex flex-wrap items-end gap-2">
          <Button variant="primary" size="small" busy={answer.busy} onClick={() => answer.give({ kind: 'allow', always: false, mode })}>
            Approve
          </Button>
          <Field label="How it goes on" labelHidden>
            {(control) => (
              <SelectInput {...control} className="h-7! px-2! text-xs!" value={mode} disabled={answer.busy} title={permissionModeWords[mode].sentence} onChange={(event) => setMode(modes.find((one) => one === event.target.value) ?? mode)}>
                {modes.map((one) => (
                  <option key={one} value={one}>
                    {permissionModeWords[one].label}
                  </option>
                ))}
              </SelectInput>
            )}
          </Field>
          <Button size="small" disabled={answer.busy} onClick={() => setKeeps(true)}>
            Keep planning…
          </Button>
        </div>
      )}
    </>
  );
}
