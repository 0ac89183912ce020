'use client';

import { Plus } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import type { ChangeData, GutterOptions } from 'react-diff-view';
import { anchorOf } from '@/components/review/comment-anchors';

interface LineGutterProps {
  gutter: GutterOptions;
  /** The one line of a file that the Tab key stops at; arrows go on from there. */
  isFirst: boolean;
  onComment: (change: ChangeData) => void;
}

/** A line's number; on the side that a comment would name, it is the button that begins one. */
export function LineGutter({ gutter: { change, side, renderDefault, inHoverState }, isFirst, onComment }: LineGutterProps) {
  const anchor = anchorOf(change);
  if (anchor.side !== side) return <>{renderDefault()}</>;
  return (
    <button
      type="button"
      data-comment-line
      tabIndex={isFirst ? 0 : -1}
      aria-label={`Comment on ${side === 'old' ? 'removed ' : ''}line ${anchor.line}`}
      className="group relative w-full text-right"
      onClick={() => onComment(change)}
      onKeyDown={moveFocus}
    >
      {inHoverState && (
        <span className="absolute top-0.5 -right-0.5 grid size-4 place-items-center rounded bg-accent text-on-accent">
          <Plus aria-hidden className="size-3" />
        </span>
      )}
      {anchor.line}
    </button>
  );
}

/** Up and down go from line to line of the file. */
function moveFocus(event: KeyboardEvent<HTMLButtonElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  const lines = [...(event.currentTarget.closest('[data-diff-file]')?.querySelectorAll<HTMLButtonElement>('[data-comment-line]') ?? [])];
  const next = lines[lines.indexOf(event.currentTarget) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
