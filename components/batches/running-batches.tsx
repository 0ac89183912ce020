'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { BatchCounts, BatchProgress } from '@/components/batches/batch-progress';
import { batchTitle } from '@/components/batches/batch-words';
import { useTRPC } from '@/components/trpc/trpc';

/** The batches that are under way, each as a line that leads to its page. Nothing while there are none. */
export function RunningBatches() {
  const trpc = useTRPC();
  const batches = useQuery(trpc.batches.list.queryOptions());
  const running = batches.data?.filter(({ status }) => status === 'running') ?? [];
  if (running.length === 0) return null;
  return (
    <ul aria-label="Batches under way" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {running.map((batch) => (
        <li key={batch.id} className="relative grid items-center gap-x-4 gap-y-1 px-4 py-2 text-sm hover:bg-hover sm:grid-cols-[auto_minmax(0,1fr)_minmax(6rem,12rem)]">
          <Link href={`/batches/${batch.id}`} className="font-medium after:absolute after:inset-0">
            {batchTitle(batch)}
          </Link>
          <BatchCounts batch={batch} />
          <BatchProgress batch={batch} />
        </li>
      ))}
    </ul>
  );
}
