'use client';

import type { VariantView } from '@/contract/variant';
import { LineCount } from '@/components/runs/change-count';
import { formatCost, formatTokens, tokensIn } from '@/components/runs/run-figures';
import { formatDuration } from '@/components/ui/durations';
import { Fact } from '@/components/ui/fact';
import { count } from '@/components/ui/quantities';
import { useAtTime } from '@/components/ui/use-at-time';

/** What there is to compare in figures, in the same order in every column. */
export function VariantFacts({ variant }: { variant: VariantView }) {
  const { usage, changes, model, runs } = variant;
  const hasUsage = tokensIn(usage) + usage.outputTokens > 0;
  return (
    <dl className="grid grid-cols-2 gap-x-3 gap-y-2 text-sm tabular-nums">
      <Fact name="Cost">{formatCost(usage.costUsd)}</Fact>
      <Fact name="Time at work">
        <WorkTime variant={variant} />
      </Fact>
      <Fact name="Files">
        {changes === null ? '–' : (
          <span className="inline-flex flex-wrap items-center gap-1.5">
            {changes.files}
            {changes.files > 0 && <LineCount additions={changes.additions} deletions={changes.deletions} />}
            {changes.truncated && <span title="So much has changed that not all of it is counted.">and more</span>}
          </span>
        )}
      </Fact>
      <Fact name="Tokens">{hasUsage ? `${formatTokens(tokensIn(usage))} in · ${formatTokens(usage.outputTokens)} out` : '–'}</Fact>
      <Fact name="Model">{model ?? 'The CLI’s own choice'}</Fact>
      <Fact name="Runs">{runs === 1 ? '1' : `1 and ${count(runs - 1, 'follow-up')}`}</Fact>
    </dl>
  );
}

/** Of all its runs together; counts while one is at work. */
function WorkTime({ variant: { workedMs, workingSince } }: { variant: VariantView }) {
  const total = useAtTime((now) => formatDuration(workedMs + (workingSince ? Math.max(0, now - workingSince.getTime()) : 0)));
  return <span suppressHydrationWarning>{workedMs === 0 && workingSince === null ? '–' : total}</span>;
}
