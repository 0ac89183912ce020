'use client';

import { clsx } from 'clsx';
import { useUnfolded } from '@/components/conversation/unfolded';
import { CopyButton } from '@/components/ui/copy-button';

const FIRST_CHARACTERS = 4_000;
const FIRST_LINES = 40;
/** More is not laid out: it would stop the page. The log has all of it. */
const MOST_CHARACTERS = 400_000;

/** Text as it came, in a box that scrolls by itself: its beginning, and all of it when asked for. */
export function BoundedText({ id, text, label, failed = false }: { id: string; text: string; label?: string; failed?: boolean }) {
  const [all, toggle] = useUnfolded(`${id} all`);
  const first = beginningOf(text);
  const shown = all ? text.slice(0, MOST_CHARACTERS) : first;
  const hidden = text.length - shown.length;
  return (
    <div className="group/text relative mt-1 rounded-md bg-sunken">
      {label && <div className="px-2.5 pt-1.5 text-xs font-medium text-ink-faint">{label}</div>}
      <pre role="group" tabIndex={0} aria-label={label ?? 'Text'} className={clsx('max-h-80 overflow-auto px-2.5 py-1.5 font-mono text-xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]', failed && 'text-state-failed')}>
        {shown}
      </pre>
      {first.length < text.length && (
        <button type="button" aria-expanded={all} onClick={toggle} className="px-2.5 pb-1.5 text-xs font-medium text-accent hover:underline">
          {all ? 'Show less' : `Show all (${text.length.toLocaleString('en')} characters)`}
        </button>
      )}
      {all && hidden > 0 && <p className="px-2.5 pb-1.5 text-xs text-ink-faint">{hidden.toLocaleString('en')} more characters are in the log.</p>}
      <CopyButton label="Copy" text={text} className="absolute top-1 right-1 bg-sunken opacity-0 group-focus-within/text:opacity-100 group-hover/text:opacity-100 focus-visible:opacity-100 [@media(hover:none)]:opacity-60" />
    </div>
  );
}

function beginningOf(text: string): string {
  let end = 0;
  for (let line = 0; line < FIRST_LINES; line++) {
    const next = text.indexOf('\n', end);
    if (next < 0) return text.slice(0, FIRST_CHARACTERS);
    end = next + 1;
  }
  return text.slice(0, Math.min(end - 1, FIRST_CHARACTERS));
}
