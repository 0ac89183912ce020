'use client';

import { ChevronRight, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { VariantCheck, VariantView } from '@/contract/variant';
import { checkLooks } from '@/components/variants/check-look';
import type { VariantDecisions } from '@/components/variants/use-variant-decisions';
import { IconButton } from '@/components/ui/button';
import { formatDuration } from '@/components/ui/durations';
import { Elapsed } from '@/components/ui/relative-time';
import { StateBadge } from '@/components/ui/state-badge';

/** How the check of a variant went, with the end of what it said to unfold. */
export function VariantCheckPart({ variant, check, decisions }: { variant: VariantView; check: VariantCheck; decisions: VariantDecisions }) {
  const [open, setOpen] = useState(false);
  const isOver = check.state !== 'waiting' && check.state !== 'running';
  return (
    <section aria-label={`Check of variant ${variant.position}`} className="flex min-w-0 flex-col gap-1 text-sm">
      <div className="flex min-h-7 items-center gap-2">
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2">
          <span aria-live="polite" className="inline-flex">
            <StateBadge look={checkLooks[check.state]} />
          </span>
          <span className="text-xs text-ink-faint tabular-nums">
            {check.state === 'running' && <Elapsed from={check.since} to={null} />}
            {isOver && check.milliseconds !== null && formatDuration(check.milliseconds)}
            {check.exitCode !== null && check.exitCode !== 0 && ` · exit code ${check.exitCode}`}
          </span>
        </span>
        {isOver && variant.archivedAt === null && (
          <IconButton label={`Check variant ${variant.position} again`} disabled={decisions.busy !== null} onClick={() => decisions.checkAgain(variant.runId)}>
            <RefreshCw aria-hidden />
          </IconButton>
        )}
      </div>
      {check.reason && <p className="text-xs text-ink-soft [overflow-wrap:anywhere]">{check.reason}</p>}
      {check.output !== null && isOver && (
        <>
          <button type="button" aria-expanded={open} className="inline-flex items-center gap-1 self-start text-xs text-ink-soft hover:text-ink" onClick={() => setOpen(!open)}>
            <ChevronRight aria-hidden className={open ? 'size-3.5 rotate-90' : 'size-3.5'} />
            {check.output.trim() === '' ? 'It said nothing' : 'Output'}
          </button>
          {open && check.output.trim() !== '' && (
            <pre tabIndex={0} aria-label={`What the check of variant ${variant.position} said`} className="max-h-72 overflow-auto rounded-md bg-sunken p-2 font-mono text-xs whitespace-pre-wrap [overflow-wrap:anywhere]">
              {check.output}
            </pre>
          )}
        </>
      )}
    </section>
  );
}
