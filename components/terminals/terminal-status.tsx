'use client';

import { Circle, CircleCheck, LoaderCircle } from 'lucide-react';
import type { TerminalState } from '@/components/terminals/terminal-session';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';

/** How a terminal is connected, in a few words, and what waits to be sent. */
export function TerminalStatus({ state }: { state: TerminalState | null }) {
  return (
    <p role="status" className="flex min-w-0 items-center gap-1.5 text-sm text-ink-soft">
      {words(state)}
      {state && state.ended === null && state.waiting > 0 && <span className="text-state-needs-you">· {state.waiting.toLocaleString('en')} typed, kept until they can be sent</span>}
    </p>
  );
}

function words(state: TerminalState | null) {
  if (state !== null && state.ended !== null) {
    return (
      <>
        <Circle aria-hidden className="size-3.5" /> Ended
      </>
    );
  }
  if (state?.connection === 'live') {
    return (
      <>
        <CircleCheck aria-hidden className="size-3.5 text-state-succeeded" /> Connected
        {state.size && (
          <span className="text-ink-faint" title="Columns and rows of the page that was used last; all pages show it so.">
            {state.size.columns}×{state.size.rows}
          </span>
        )}
      </>
    );
  }
  return (
    <>
      <LoaderCircle aria-hidden className="size-3.5 animate-spin" /> {state?.connection === 'reconnecting' ? 'Reconnecting… the shell goes on' : 'Connecting…'}
    </>
  );
}

/** What went wrong, or how it ended, and what to do next. */
export function TerminalEnd({ state, onOpenAnother }: { state: TerminalState | null; onOpenAnother: (() => void) | null }) {
  if (state === null) return null;
  const action = onOpenAnother && (
    <Button size="small" onClick={onOpenAnother}>
      Open another
    </Button>
  );
  return (
    <>
      {state.problem !== null && state.ended === null && <Notice kind="failure">{state.problem}</Notice>}
      {state.ended !== null && <Notice action={action}>{state.ended}</Notice>}
    </>
  );
}
