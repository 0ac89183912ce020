'use client';

import { useQuery } from '@tanstack/react-query';
import { ChartSpline } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { Metrics } from '@/contract/metrics';
import type { WorkspaceView } from '@/contract/workspace';
import { MetricFigure } from '@/components/metrics/metric-figure';
import { diskUse, mergeReadings, networkRates, seriesOf } from '@/components/metrics/metric-series';
import { MetricsTable } from '@/components/metrics/metrics-table';
import { useLiveReadings } from '@/components/metrics/use-live-metrics';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { EmptyState } from '@/components/ui/empty-state';
import { formatRate, formatSize, GIB } from '@/components/ui/quantities';
import { RelativeTime } from '@/components/ui/relative-time';
import { Segmented } from '@/components/ui/segmented';
import { Card } from '@/components/ui/section';

const HOUR_MS = 3_600_000;
/** Of a workspace that is new the charts show as much as there is, but no less than this. */
const SHORTEST_MS = 300_000;

/** Powers of two, for scales in bytes. */
const byteSteps = Array.from({ length: 46 }, (_, power) => 2 ** power);

type View = 'charts' | 'table';
const views: { value: View; label: string }[] = [
  { value: 'charts', label: 'Charts' },
  { value: 'table', label: 'Table' },
];

/** What the workspace has used during the last hour; grows by itself. */
export function MetricsTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const [view, setView] = useState<View>('charts');
  const history = useQuery(trpc.workspaces.metricsHistory.queryOptions({ workspaceId: workspace.id }, { refetchInterval: 240_000, staleTime: 30_000 }));
  const live = useLiveReadings(workspace.id);
  const now = useClock();
  const readings = useMemo(() => mergeReadings(history.data ?? [], live, now - HOUR_MS), [history.data, live, now]);
  const newest = readings.at(-1);
  return (
    <div className="flex flex-col gap-3 pt-3">
      <div className="flex min-h-7 flex-wrap items-center justify-between gap-2">
        <p className="text-sm text-ink-soft">
          The last hour, one reading every ten seconds.
          {newest && (
            <>
              {' '}
              The newest came <RelativeTime date={newest.at} />.
            </>
          )}
        </p>
        <Segmented label="Show metrics as" value={view} options={views} onChange={setView} />
      </div>
      <Loaded query={history} height="h-96">
        {() => (readings.length === 0 ? <NoReadings workspace={workspace} /> : view === 'charts' ? <Charts readings={readings} workspace={workspace} now={now} /> : <MetricsTable readings={readings} />)}
      </Loaded>
    </div>
  );
}

function Charts({ readings, workspace, now }: { readings: Metrics[]; workspace: WorkspaceView; now: number }) {
  const first = readings[0]?.at.getTime() ?? now;
  const window = { from: Math.min(first, now - SHORTEST_MS) / 1000, to: Math.max(now, readings.at(-1)?.at.getTime() ?? 0) / 1000 };
  const series = useMemo(() => {
    const rates = networkRates(readings);
    const disk = diskUse(readings);
    return {
      cpu: seriesOf(readings, [({ cpus }) => cpus]),
      memory: seriesOf(readings, [({ memoryBytes }) => memoryBytes]),
      network: seriesOf(readings, [(_reading, index) => rates[index]?.received ?? null, (_reading, index) => rates[index]?.sent ?? null]),
      disk: seriesOf(readings, [(_reading, index) => disk[index] ?? null]),
    };
  }, [readings]);
  const { cpus, memoryBytes, diskBytes } = workspace.limits;
  const cores = (value: number) => `${Number(value.toFixed(2))} ${value === 1 ? 'core' : 'cores'}`;
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <MetricFigure title="CPU" series={series.cpu} lines={[{ label: 'CPU', color: 'accent', fill: true }]} {...window} atLeast={0.1} limit={cpus} format={cores} />
      <MetricFigure title="Memory" series={series.memory} lines={[{ label: 'Memory', color: 'state-starting', fill: true }]} {...window} atLeast={memoryBytes * 1.08} limit={memoryBytes} format={formatSize} steps={byteSteps} />
      <MetricFigure title="Network" series={series.network} lines={[{ label: 'in', color: 'state-succeeded' }, { label: 'out', color: 'state-unknown', dash: true }]} {...window} atLeast={1024} format={formatRate} steps={byteSteps} />
      <MetricFigure title="Disk" series={series.disk} lines={[{ label: 'Disk', color: 'state-stopped', fill: true }]} {...window} atLeast={diskBytes ?? GIB / 100} limit={diskBytes} format={formatSize} steps={byteSteps} />
    </div>
  );
}

/** The time, new every ten seconds: the charts move on even when nothing comes. */
function useClock(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function NoReadings({ workspace: { status } }: { workspace: WorkspaceView }) {
  return (
    <Card>
      <EmptyState icon={ChartSpline} title="No readings in the last hour">
        {status === 'running' ? 'The first one comes within ten seconds.' : 'Readings are taken while the workspace runs. Start it to see what it uses.'}
      </EmptyState>
    </Card>
  );
}
