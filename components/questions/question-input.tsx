'use client';

import type { QuestionView } from '@/contract/question';
import { editLines } from '@/components/conversation/edit-lines';
import { fieldsOf, textOf } from '@/components/conversation/event-fields';
import { SmallDiff } from '@/components/conversation/small-diff';
import { UnfoldingProvider } from '@/components/conversation/unfolded';
import { inputText } from '@/components/questions/question-texts';

/** What the tool would be used with, exactly: a command as it is, an edit as a diff, the rest as JSON. On a phone it leaves room for the buttons below it. */
export function QuestionInput({ question: { id, toolName, input } }: { question: QuestionView }) {
  const edit = editLines(toolName, input);
  if (edit) {
    return (
      <UnfoldingProvider>
        <div className="max-sm:[&_pre]:max-h-36">
          <SmallDiff id={`question ${id}`} lines={edit} />
        </div>
      </UnfoldingProvider>
    );
  }
  const fields = fieldsOf(input);
  const command = toolName === 'Bash' ? textOf(fields?.['command']) : '';
  const about = command ? textOf(fields?.['description']) : '';
  return (
    <div className="flex min-w-0 flex-col gap-1">
      {about && <p className="text-xs text-ink-soft [overflow-wrap:anywhere]">{about}</p>}
      <pre role="group" tabIndex={0} aria-label={command ? 'Command' : 'Input'} className="max-h-60 max-sm:max-h-36 overflow-auto rounded-md bg-sunken px-2.5 py-2 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]">
        {command || inputText(input)}
      </pre>
    </div>
  );
}
