'use client';

import { clsx } from 'clsx';
import type { EditLine } from '@/components/conversation/edit-lines';
import { useUnfolded } from '@/components/conversation/unfolded';

const FIRST_LINES = 40;
const MOST_LINES = 2_000;

const looks: Record<EditLine['kind'], { sign: string; color: string }> = {
  insert: { sign: '+', color: 'bg-[var(--diff-insert)]' },
  delete: { sign: '-', color: 'bg-[var(--diff-delete)]' },
  same: { sign: ' ', color: 'text-ink-faint' },
  gap: { sign: '⋯', color: 'text-ink-faint' },
};

/** What an edit changes, line by line, in a box that scrolls by itself. */
export function SmallDiff({ id, lines }: { id: string; lines: readonly EditLine[] }) {
  const [all, toggle] = useUnfolded(`${id} all`);
  const shown = lines.slice(0, all ? MOST_LINES : FIRST_LINES);
  return (
    <div className="mt-1 overflow-hidden rounded-md border border-line">
      <pre role="group" tabIndex={0} aria-label="Change" className="max-h-80 overflow-auto py-1 font-mono text-xs leading-5">
        <div className="w-max min-w-full">
          {shown.map(({ kind, text }, index) => (
            <div key={index} className={clsx('px-2.5 whitespace-pre', looks[kind].color)}>
              <span className="mr-2 select-none">{looks[kind].sign}</span>
              {text.slice(0, 2_000)}
            </div>
          ))}
        </div>
      </pre>
      {lines.length > FIRST_LINES && (
        <button type="button" aria-expanded={all} onClick={toggle} className="px-2.5 pb-1.5 text-xs font-medium text-accent hover:underline">
          {all ? 'Show less' : `Show all ${lines.length.toLocaleString('en')} lines`}
        </button>
      )}
      {all && lines.length > MOST_LINES && <p className="px-2.5 pb-1.5 text-xs text-ink-faint">The rest is in the log and in the changes.</p>}
    </div>
  );
}
