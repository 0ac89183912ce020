'use client';

import { clsx } from 'clsx';
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';

const keys: { label: string; shown: ReactNode; sends: string }[] = [
  { label: 'Escape', shown: 'Esc', sends: '\x1b' },
  { label: 'Tab', shown: 'Tab', sends: '\t' },
  { label: 'Arrow up', shown: <ArrowUp aria-hidden className="size-4" />, sends: '\x1b[A' },
  { label: 'Arrow down', shown: <ArrowDown aria-hidden className="size-4" />, sends: '\x1b[B' },
  { label: 'Arrow left', shown: <ArrowLeft aria-hidden className="size-4" />, sends: '\x1b[D' },
  { label: 'Arrow right', shown: <ArrowRight aria-hidden className="size-4" />, sends: '\x1b[C' },
  { label: 'Interrupt, Ctrl+C', shown: '^C', sends: '\x03' },
];
const look = 'grid h-9 min-w-10 flex-1 place-items-center rounded-md border border-line-strong bg-surface px-1 text-xs font-medium hover:bg-hover';

/** The keys that a phone does not have. `Ctrl` counts for the next letter. */
export function TerminalKeys({ ctrl, onCtrl, onKey }: { ctrl: boolean; onCtrl: () => void; onKey: (data: string) => void }) {
  return (
    <div role="toolbar" aria-label="Keys" className="hidden gap-1 pointer-coarse:flex">
      <button type="button" aria-pressed={ctrl} className={clsx(look, ctrl && 'bg-accent-soft text-accent')} onPointerDown={keepFocus} onClick={onCtrl}>
        Ctrl
      </button>
      {keys.map(({ label, shown, sends }) => (
        <button key={label} type="button" aria-label={label} className={look} onPointerDown={keepFocus} onClick={() => onKey(sends)}>
          {shown}
        </button>
      ))}
    </div>
  );
}

/** The terminal keeps the focus, and the phone its keyboard. */
function keepFocus(event: { preventDefault: () => void }): void {
  event.preventDefault();
}
