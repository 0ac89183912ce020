'use client';

import { useQuery } from '@tanstack/react-query';
import { ListChecks } from 'lucide-react';
import Link from 'next/link';
import type { BatchView } from '@/contract/batch';
import { BatchCounts } from '@/components/batches/batch-progress';
import { batchLook, batchTitle } from '@/components/batches/batch-words';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { RelativeTime } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';
import { StateBadge } from '@/components/ui/state-badge';

/** The batches of late, newest first. */
export function BatchesPage() {
  const trpc = useTRPC();
  const batches = useQuery(trpc.batches.list.queryOptions());
  return (
    <PageColumn>
      <header className="flex flex-col gap-2">
        <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }]} />
        <h1 className="text-xl font-semibold">Recent batches</h1>
      </header>
      <Loaded query={batches} height="h-40">
        {(all) => (
          <Card>
            {all.length === 0 ? (
              <EmptyState icon={ListChecks} title="No batches yet" action={<ButtonLink href="/workspaces">Go to the workspaces</ButtonLink>}>
                Choose several workspaces in the list to start, stop, restart or delete them together. What came of each is shown here.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {all.map((batch) => (
                  <BatchRow key={batch.id} batch={batch} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
    </PageColumn>
  );
}

function BatchRow({ batch }: { batch: BatchView }) {
  return (
    <li className="relative flex flex-col gap-1 px-4 py-3 hover:bg-hover md:grid md:grid-cols-[10rem_minmax(0,1fr)_8rem_6rem] md:items-center md:gap-4">
      <StateBadge look={batchLook(batch)} className="text-sm" />
      <div className="min-w-0">
        <Link href={`/batches/${batch.id}`} className="font-medium after:absolute after:inset-0">
          {batchTitle(batch)}
        </Link>
        <div className="text-xs text-ink-soft">
          <BatchCounts batch={batch} />
        </div>
      </div>
      <span className="truncate text-sm text-ink-soft">
        <span className="md:hidden">by </span>
        {batch.requestedBy}
      </span>
      <span className="text-sm text-ink-faint">
        <RelativeTime date={batch.createdAt} />
      </span>
    </li>
  );
}
