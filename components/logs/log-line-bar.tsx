'use client';

import { X } from 'lucide-react';
import { useState, type KeyboardEvent, type SyntheticEvent } from 'react';
import { Button, IconButton } from '@/components/ui/button';
import { TextInput } from '@/components/ui/field';

interface LogLineBarProps {
  /** Lines that can be gone to; null while they are not counted. */
  lines: number | null;
  onGo: (line: number) => void;
  onClose: () => void;
}

/** The number of a line to go to: Enter goes there, Escape closes. A number beyond the end leads to the end. */
export function LogLineBar({ lines, onGo, onClose }: LogLineBarProps) {
  const [text, setText] = useState('');
  const number = Number(text);
  const words = lines === null ? 'The lines are being counted…' : lines === 0 ? 'There are no lines yet.' : `1 to ${lines.toLocaleString('en')}`;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (lines && number >= 1) onGo(Math.min(number, lines));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <form aria-label="Go to line" onSubmit={submit} className="flex flex-wrap items-center gap-2 pb-2">
      <TextInput autoFocus inputMode="numeric" aria-label="Line number" placeholder="Line number" maxLength={12} value={text} onChange={(event) => setText(event.target.value.replaceAll(/\D/g, ''))} onKeyDown={onKeyDown} className="h-8! max-w-36 text-sm" />
      <Button size="small" type="submit" disabled={!lines || number < 1}>
        Go
      </Button>
      <span role="status" className="text-xs text-ink-soft">
        {words}
      </span>
      <div className="ml-auto">
        <IconButton label="Close “Go to line”" onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </div>
    </form>
  );
}
