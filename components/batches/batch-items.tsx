'use client';

import Link from 'next/link';
import { useState } from 'react';
import type { BatchAction, BatchItem } from '@/contract/batch';
import { itemLooks } from '@/components/batches/batch-words';
import { Elapsed } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';
import { Segmented } from '@/components/ui/segmented';
import { StateBadge } from '@/components/ui/state-badge';

type Shown = 'all' | 'open' | 'failed';

const shows: Record<Shown, (item: BatchItem) => boolean> = {
  all: () => true,
  open: ({ status }) => status === 'pending' || status === 'working',
  failed: ({ status }) => status === 'failed',
};

/** What came of each workspace, in the order of the batch: rows stay where they are while results come. */
export function BatchItems({ items, action }: { items: BatchItem[]; action: BatchAction }) {
  const [shown, setShown] = useState<Shown>('all');
  const options = (['all', 'open', 'failed'] as const).map((value) => ({ value, label: `${{ all: 'All', open: 'Not through', failed: 'Failed' }[value]} ${items.filter(shows[value]).length}` }));
  const listed = items.filter(shows[shown]);
  return (
    <section aria-label="Results" className="flex flex-col gap-2">
      <Segmented label="Show results" value={shown} options={options} onChange={setShown} />
      <Card>
        {listed.length === 0 && <p className="px-4 py-6 text-center text-ink-soft">{shown === 'failed' ? 'Nothing has failed.' : 'All are through.'}</p>}
        <ul className="divide-y divide-line">
          {listed.map((item) => (
            <ItemRow key={item.workspaceId} item={item} isGone={action === 'delete' && item.status === 'succeeded'} />
          ))}
        </ul>
      </Card>
    </section>
  );
}

function ItemRow({ item, isGone }: { item: BatchItem; isGone: boolean }) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm [contain-intrinsic-size:auto_44px] [content-visibility:auto] md:grid-cols-[minmax(0,14rem)_9rem_minmax(0,1fr)_4rem]">
      {isGone ? (
        <span className="truncate font-medium text-ink-soft">{item.workspaceName}</span>
      ) : (
        <Link href={`/workspaces/${item.workspaceId}`} className="truncate font-medium hover:underline">
          {item.workspaceName}
        </Link>
      )}
      <StateBadge look={itemLooks[item.status]} />
      <span className="min-w-0 text-ink-soft [overflow-wrap:anywhere] max-md:col-span-2 max-md:row-start-2 max-md:empty:hidden">
        {item.reason}
        {item.status === 'failed' && item.taskId && !isGone && (
          <>
            {' '}
            <Link href={`/workspaces/${item.workspaceId}?tab=activity`} className="whitespace-nowrap text-accent underline underline-offset-2">
              See the attempts
            </Link>
          </>
        )}
      </span>
      <span className="text-right text-xs text-ink-faint max-md:hidden">{item.startedAt && <Elapsed from={item.startedAt} to={item.finishedAt} />}</span>
    </li>
  );
}
