'use client';

import { useQuery } from '@tanstack/react-query';
import { CapacityPanel } from '@/components/system/capacity-panel';
import { CheckList } from '@/components/system/check-list';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Section } from '@/components/ui/section';

/** How full the machine is, what waits for it, and whether everything it needs is in order. */
export function OverviewTab() {
  const trpc = useTRPC();
  const capacity = useQuery(trpc.system.capacity.queryOptions(undefined, { refetchInterval: 10_000 }));
  const status = useQuery(trpc.system.status.queryOptions(undefined, { refetchInterval: 15_000 }));
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Loaded query={capacity} height="h-72">
        {(data) => <CapacityPanel capacity={data} />}
      </Loaded>
      <Section
        title="Checks"
        action={
          <Button size="small" busy={status.isFetching} onClick={() => void status.refetch()}>
            Check again
          </Button>
        }
      >
        <Loaded query={status} height="h-64">
          {(data) => <CheckList checks={data.checks} />}
        </Loaded>
      </Section>
    </div>
  );
}
