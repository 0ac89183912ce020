import type { BatchView } from '@/contract/batch';
import { settledCount } from '@/components/batches/batch-words';
import { ProgressBar, type MeterPart } from '@/components/ui/meter';

/** How far a batch is: green for done, red for failed, grey for those with nothing to do. */
export function BatchProgress({ batch }: { batch: Pick<BatchView, 'counts'> }) {
  const { counts } = batch;
  const parts: MeterPart[] = [
    { label: 'Done', value: counts.succeeded, words: String(counts.succeeded), look: 'good' },
    { label: 'Failed', value: counts.failed, words: String(counts.failed), look: 'bad' },
    { label: 'Nothing to do', value: counts.skipped, words: String(counts.skipped), look: 'reserve' },
    { label: 'Not done', value: counts.cancelled, words: String(counts.cancelled), look: 'reserve' },
  ];
  return <ProgressBar label="Workspaces of the batch that are through" done={settledCount(batch)} total={counts.total} parts={parts} />;
}

/** `12 of 40 · 2 failed · 3 with nothing to do`. */
export function BatchCounts({ batch }: { batch: Pick<BatchView, 'counts'> }) {
  const { counts } = batch;
  const rest = [
    counts.working > 0 && `${counts.working} in progress`,
    counts.pending > 0 && `${counts.pending} waiting`,
    counts.skipped > 0 && `${counts.skipped} with nothing to do`,
    counts.cancelled > 0 && `${counts.cancelled} not done`,
  ].filter(Boolean);
  return (
    <span className="tabular-nums">
      {counts.succeeded} of {counts.total} done
      {counts.failed > 0 && <span className="font-medium text-state-failed"> · {counts.failed} failed</span>}
      {rest.length > 0 && <span className="text-ink-soft"> · {rest.join(' · ')}</span>}
    </span>
  );
}
