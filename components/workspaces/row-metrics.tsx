'use client';

import { clsx } from 'clsx';
import type { Metrics } from '@/contract/metrics';
import type { ListedWorkspace } from '@/contract/workspace';
import { LIVE_READINGS } from '@/components/metrics/live-metrics';
import { useCurrentReading, useLiveReadings } from '@/components/metrics/use-live-metrics';
import { formatCpus, formatShare, formatSize } from '@/components/ui/quantities';
import { Sparkline } from '@/components/ui/sparkline';

/** The figures of one row. They listen to their own workspace only. */

export function CpuFigure({ workspace }: { workspace: ListedWorkspace }) {
  const { readings, current } = useFigures(workspace);
  const values = readings.map(({ cpus }) => cpus);
  return (
    <span className="flex items-center gap-2 tabular-nums" title={current ? `${formatCpus(current.cpus)} of ${workspace.limits.cpus} cores` : 'No reading'}>
      <Sparkline values={current ? values : []} top={Math.max(0.1, ...values)} slots={LIVE_READINGS} className="text-accent max-lg:hidden" />
      <Value name="CPU" words={current && formatCpus(current.cpus)} className="lg:w-7" />
    </span>
  );
}

export function MemoryFigure({ workspace }: { workspace: ListedWorkspace }) {
  const { readings, current } = useFigures(workspace);
  const limit = workspace.limits.memoryBytes;
  const nearLimit = current !== null && current.memoryBytes > limit * 0.9;
  return (
    <span className="flex items-center gap-2 tabular-nums" title={current ? `${formatShare(current.memoryBytes, limit)}${nearLimit ? ': nearly all of its memory' : ''}` : 'No reading'}>
      <Sparkline values={current ? readings.map(({ memoryBytes }) => memoryBytes) : []} top={limit} slots={LIVE_READINGS} className={clsx('max-lg:hidden', nearLimit ? 'text-state-failed' : 'text-state-starting')} />
      <Value name="memory" words={current && `${formatSize(current.memoryBytes)}${nearLimit ? ' !' : ''}`} className="lg:w-16" />
    </span>
  );
}

export function DiskFigure({ workspace }: { workspace: ListedWorkspace }) {
  const readings = useLiveReadings(workspace.id);
  const bytes = [...readings].reverse().find(({ diskBytes }) => diskBytes !== null)?.diskBytes ?? workspace.metrics?.diskBytes ?? null;
  return (
    <span className="tabular-nums">
      <Value name="disk" words={bytes === null ? null : formatSize(bytes)} className="lg:w-16" />
    </span>
  );
}

/** On a phone there is no head of columns, so the word stands with the number. */
function Value({ name, words, className }: { name: string; words: string | null; className: string }) {
  return (
    <span className={clsx('whitespace-nowrap lg:inline-block lg:text-right lg:text-sm', words === null && 'max-lg:hidden', className)}>
      <span className="lg:sr-only">{name} </span>
      {words ?? <span className="text-ink-faint">–</span>}
    </span>
  );
}

function useFigures(workspace: ListedWorkspace): { readings: readonly Metrics[]; current: Metrics | null } {
  const readings = useLiveReadings(workspace.id);
  const current = useCurrentReading(workspace);
  return { readings, current: workspace.status === 'stopped' || workspace.status === 'archived' ? null : current };
}
