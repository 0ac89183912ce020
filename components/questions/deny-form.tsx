'use client';

import { useState } from 'react';
import type { Answering } from '@/components/questions/use-answer';
import { Button } from '@/components/ui/button';
import { Field, TextArea } from '@/components/ui/field';

interface DenyFormProps {
  answer: Answering;
  /** Absent: there is nothing but this. */
  onBack?: () => void;
  /** What the words are for. */
  label: string;
  /** What the button says. */
  deny: string;
  /** Offers to end the run as well. */
  stoppable?: boolean;
}

/** No, with words for Claude. Ctrl or Cmd and Enter sends it. */
export function DenyForm({ answer, onBack, label, deny, stoppable = false }: DenyFormProps) {
  const [text, setText] = useState('');
  const words = text.trim();
  const send = () => {
    if (!answer.busy) answer.give({ kind: 'deny', stop: false, ...(words && { words }) });
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field label={label} optional>
        {(control) => (
          <TextArea
            {...control}
            autoFocus={onBack !== undefined}
            rows={2}
            maxLength={16_384}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') onBack?.();
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              send();
            }}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="small" variant="primary" busy={answer.busy}>
          {deny}
        </Button>
        {stoppable && (
          <Button size="small" variant="danger" disabled={answer.busy} onClick={() => answer.give({ kind: 'deny', stop: true })}>
            Deny and stop the run
          </Button>
        )}
        {onBack && (
          <Button size="small" variant="quiet" disabled={answer.busy} onClick={onBack}>
            Back
          </Button>
        )}
      </div>
    </form>
  );
}
