'use client';

import { useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { TextArea } from '@/components/ui/field';

interface CommentBoxProps {
  label: string;
  body: string;
  saveLabel: string;
  onWrite: (body: string) => void;
  onSave: () => void;
  onCancel: () => void;
}

/** Where a comment is written. Ctrl or ⌘ with Enter saves it, Escape leaves it when there is nothing in it. */
export function CommentBox({ label, body, saveLabel, onWrite, onSave, onCancel }: CommentBoxProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (area.current?.value === '') area.current.focus(); // one that was left with something in it is not to take the focus back
  }, []);
  const isEmpty = body.trim() === '';
  return (
    <form
      className="flex max-w-2xl flex-col gap-2 border-y border-line bg-surface p-3 font-sans"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isEmpty) onSave();
      }}
    >
      <TextArea
        ref={area}
        aria-label={label}
        placeholder="What should be different here?"
        rows={3}
        maxLength={16 * 1024}
        value={body}
        onChange={(event) => onWrite(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
          if (event.key === 'Escape' && isEmpty) onCancel();
        }}
      />
      <div className="flex justify-end gap-2">
        <Button size="small" onClick={onCancel}>
          Cancel
        </Button>
        <Button size="small" variant="primary" type="submit" disabled={isEmpty}>
          {saveLabel}
        </Button>
      </div>
    </form>
  );
}
