'use client';

import { useQuery } from '@tanstack/react-query';
import { CheckList } from '@/components/system/check-list';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Notice } from '@/components/ui/notice';
import { Skeleton } from '@/components/ui/skeleton';

/** The system check, and how many workspaces fit. */
export function MachineStep() {
  const trpc = useTRPC();
  const status = useQuery(trpc.system.status.queryOptions(undefined, { refetchInterval: 10_000 }));
  const capacity = useQuery(trpc.system.capacity.queryOptions());
  const fitsMore = capacity.data?.fitsMore;
  return (
    <>
      {capacity.isPending && <Skeleton className="h-10 w-full" />}
      {fitsMore !== undefined && (
        <Notice kind={fitsMore > 0 ? 'info' : 'warning'}>
          {fitsMore > 0 ? `About ${fitsMore} ${fitsMore === 1 ? 'workspace' : 'workspaces'} of the usual size can work at once on this machine.` : 'There is no memory free for a workspace of the usual size. Give new ones less, or end something else.'}
        </Notice>
      )}
      <Loaded query={status} height="h-64">
        {(data) => <CheckList checks={data.checks} />}
      </Loaded>
    </>
  );
}
