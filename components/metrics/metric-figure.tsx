'use client';

import dynamic from 'next/dynamic';
import { useState } from 'react';
import type { ChartLine } from '@/components/metrics/line-chart';
import { summarize, type MetricSeries } from '@/components/metrics/metric-series';
import { Skeleton } from '@/components/ui/skeleton';

/** The charting library comes only with the first chart. */
const LineChart = dynamic(() => import('@/components/metrics/line-chart').then((module) => module.LineChart), { ssr: false, loading: () => <Skeleton className="h-[148px] w-full" /> });

interface MetricFigureProps {
  title: string;
  series: MetricSeries;
  lines: ChartLine[];
  from: number;
  to: number;
  atLeast: number;
  limit?: number | null;
  format: (value: number) => string;
  steps?: number[];
}

/** One chart with what it says in words: the newest values, or those under the pointer. */
export function MetricFigure({ title, series, lines, from, to, atLeast, limit = null, format, steps }: MetricFigureProps) {
  const [point, setPoint] = useState<number | null>(null);
  const at = point === null ? null : series.times[point];
  const values = lines.map((line, index) => {
    const all = series.lines[index] ?? [];
    return { line, value: point === null ? (summarize(all)?.latest ?? null) : (all[point] ?? null) };
  });
  return (
    <figure className="flex min-w-0 flex-col gap-1 rounded-lg border border-line bg-surface p-3 pb-1">
      <figcaption className="flex min-h-6 flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium">{title}</span>
        <span aria-hidden className="flex flex-wrap gap-x-3 text-sm tabular-nums">
          {at !== null && at !== undefined && <span className="text-ink-faint">{new Date(at * 1000).toLocaleTimeString()}</span>}
          {values.map(({ line, value }) => (
            <span key={line.label} className="inline-flex items-center gap-1.5">
              {lines.length > 1 && <LineMark line={line} />}
              {lines.length > 1 && <span className="text-ink-soft">{line.label}</span>}
              <span className="font-semibold">{value === null ? '–' : format(value)}</span>
            </span>
          ))}
          {limit !== null && <span className="text-ink-faint">limit {format(limit)}</span>}
        </span>
      </figcaption>
      <div role="img" aria-label={inWords({ title, series, lines, limit, format })} data-testid={`chart-${title.toLowerCase()}`}>
        <LineChart series={series} lines={lines} from={from} to={to} atLeast={atLeast} limit={limit} format={format} onPoint={setPoint} {...(steps && { steps })} />
      </div>
    </figure>
  );
}

function LineMark({ line }: { line: ChartLine }) {
  return (
    <svg viewBox="0 0 14 4" className="h-1 w-3.5">
      <line x1="0" x2="14" y1="2" y2="2" strokeWidth="3" stroke={`var(--${line.color})`} {...(line.dash && { strokeDasharray: '4 3' })} />
    </svg>
  );
}

function inWords({ title, series, lines, limit, format }: Pick<MetricFigureProps, 'title' | 'series' | 'lines' | 'limit' | 'format'>): string {
  const parts = lines.map((line, index) => {
    const summary = summarize(series.lines[index] ?? []);
    const name = lines.length > 1 ? `${line.label}: ` : '';
    return summary ? `${name}latest ${format(summary.latest)}, highest ${format(summary.highest)}, average ${format(summary.average)}` : `${name}no readings`;
  });
  return `${title} over the last hour. ${parts.join('. ')}.${limit != null ? ` The limit is ${format(limit)}.` : ''}`;
}
