'use client';

import { useState } from 'react';
import type { QuestionView } from '@/contract/question';
import { fieldsOf, textOf } from '@/components/conversation/event-fields';
import { inputText } from '@/components/questions/question-texts';
import type { Answering } from '@/components/questions/use-answer';
import { Button } from '@/components/ui/button';
import { Field, TextArea } from '@/components/ui/field';

/** The tool's input in an editor: of a command only the command, else all of it as JSON. */
export function ChangeInput({ question: { toolName, input }, answer, onBack }: { question: QuestionView; answer: Answering; onBack: () => void }) {
  const fields = fieldsOf(input);
  const command = toolName === 'Bash' && fields ? textOf(fields['command']) : '';
  const [text, setText] = useState(command || inputText(input));
  const changed = command ? JSON.stringify({ ...fields, command: text }) : text;
  const problem = text.trim() === '' || !isObject(changed) ? (command ? 'Enter a command.' : 'This is not a JSON object.') : undefined;
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!problem && !answer.busy) answer.give({ kind: 'allow', always: false, input: changed });
      }}
    >
      <Field label={command ? 'Command' : 'Input as JSON'} error={problem}>
        {(control) => <TextArea {...control} autoFocus rows={Math.min(14, text.split('\n').length + 1)} spellCheck={false} className="font-mono text-xs" value={text} onChange={(event) => setText(event.target.value)} />}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" size="small" busy={answer.busy} disabled={problem !== undefined}>
          Allow with this
        </Button>
        <Button size="small" variant="quiet" disabled={answer.busy} onClick={onBack}>
          Back
        </Button>
      </div>
    </form>
  );
}

function isObject(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  } catch {
    return false;
  }
}
