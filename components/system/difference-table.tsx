import { clsx } from 'clsx';
import { CircleCheck, CircleX } from 'lucide-react';
import Link from 'next/link';
import type { Difference } from '@/contract/difference';
import { actionHints, actionNames } from '@/components/system/difference-words';
import { formatSize } from '@/components/ui/quantities';

const columns = 'md:grid md:grid-cols-[7.5rem_minmax(0,1fr)_6rem_5rem_6.5rem] md:gap-4';

/** Each difference: what it is about, why it is one, what is done about it, and the disk that frees. */
export function DifferenceTable({ differences, dryRun }: { differences: Difference[]; dryRun: boolean }) {
  return (
    <div role="table" aria-label="Differences" className="overflow-hidden rounded-lg border border-line bg-surface text-sm">
      <div role="row" className={`hidden border-b border-line px-4 py-2 text-xs font-medium text-ink-faint ${columns}`}>
        {['Object', 'What was found', 'Action', 'Frees', 'Result'].map((name) => (
          <span key={name} role="columnheader">
            {name}
          </span>
        ))}
      </div>
      <div role="rowgroup" className="divide-y divide-line">
        {differences.map((difference) => (
          <DifferenceRow key={`${difference.object} ${difference.name} ${difference.action}`} difference={difference} dryRun={dryRun} />
        ))}
      </div>
    </div>
  );
}

function DifferenceRow({ difference, dryRun }: { difference: Difference; dryRun: boolean }) {
  const { object, name, workspaceId, action, reason, freesBytes } = difference;
  return (
    <div role="row" className={`flex flex-col gap-1 px-4 py-2.5 ${columns}`}>
      <span role="cell" className="text-ink-soft">
        {object.replaceAll('-', ' ')}
      </span>
      <div role="cell" className="min-w-0 [overflow-wrap:anywhere]">
        {workspaceId ? (
          <Link href={`/workspaces/${workspaceId}`} className="font-mono text-xs hover:underline">
            {name}
          </Link>
        ) : (
          <span className="font-mono text-xs">{name}</span>
        )}
        <p className="text-ink-soft">{reason}</p>
      </div>
      <div className="flex flex-wrap gap-x-4 md:contents">
        <span role="cell" title={actionHints[action]} className="font-medium">
          {actionNames[action]}
        </span>
        <span role="cell" className={clsx('text-ink-soft tabular-nums', freesBytes === null && 'max-md:hidden')}>
          <span className="md:hidden">frees </span>
          {freesBytes === null ? <><span aria-hidden>–</span><span className="sr-only">nothing</span></> : formatSize(freesBytes)}
        </span>
        <span role="cell" className="min-w-0">
          <Result difference={difference} dryRun={dryRun} />
        </span>
      </div>
    </div>
  );
}

function Result({ difference: { result, failure, action }, dryRun }: { difference: Difference; dryRun: boolean }) {
  if (result === 'done') {
    return (
      <span className="inline-flex items-center gap-1 text-state-succeeded">
        <CircleCheck aria-hidden className="size-4 shrink-0" />
        Done
      </span>
    );
  }
  if (result === 'failed') {
    return (
      <span className="text-state-failed">
        <span className="inline-flex items-center gap-1">
          <CircleX aria-hidden className="size-4 shrink-0" />
          Failed
        </span>
        {failure && <span className="block text-xs [overflow-wrap:anywhere]">{failure}</span>}
      </span>
    );
  }
  return <span className="text-ink-faint">{action === 'leave' ? 'Left' : dryRun ? 'Not done yet' : '–'}</span>;
}
