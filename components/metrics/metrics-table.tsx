import type { Metrics } from '@/contract/metrics';
import { tableOf, type MetricRow } from '@/components/metrics/metric-series';
import { formatCpus, formatRate, formatSize } from '@/components/ui/quantities';
import { exactTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';

const MINUTES = 5;

const columns: { name: string; note: string; cell: (row: MetricRow) => string }[] = [
  { name: 'CPU', note: 'average, cores', cell: ({ cpus }) => orDash(cpus, formatCpus) },
  { name: 'Memory', note: 'highest', cell: ({ memoryBytes }) => orDash(memoryBytes, formatSize) },
  { name: 'Network in', note: 'average', cell: ({ received }) => orDash(received, formatRate) },
  { name: 'Network out', note: 'average', cell: ({ sent }) => orDash(sent, formatRate) },
  { name: 'Disk', note: 'highest', cell: ({ diskBytes }) => orDash(diskBytes, formatSize) },
];

/** The same as the charts, to be read: one row for every five minutes. */
export function MetricsTable({ readings }: { readings: Metrics[] }) {
  return (
    <Card>
      <div role="group" aria-label="Table of the readings" tabIndex={0} className="overflow-x-auto">
        <table className="w-full text-right text-sm tabular-nums">
          <caption className="sr-only">What the workspace used, in spans of {MINUTES} minutes, newest first</caption>
          <thead className="text-xs text-ink-faint">
            <tr className="border-b border-line">
              <th scope="col" className="px-3 py-2 text-left font-medium">
                From
              </th>
              {columns.map(({ name, note }) => (
                <th key={name} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                  {name}
                  <span className="block font-normal">{note}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {tableOf(readings, MINUTES).map((row) => (
              <tr key={row.at.getTime()}>
                <th scope="row" title={exactTime(row.at)} className="px-3 py-1.5 text-left font-normal whitespace-nowrap text-ink-soft">
                  {row.at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}
                </th>
                {columns.map(({ name, cell }) => (
                  <td key={name} className="px-3 py-1.5 whitespace-nowrap">
                    {cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function orDash(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}
