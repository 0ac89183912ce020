'use client';

import { useQuery } from '@tanstack/react-query';
import { CalendarClock, Plus } from 'lucide-react';
import { useState } from 'react';
import type { ScheduleView } from '@/contract/schedule';
import { PageColumn } from '@/components/frame/page-header';
import { ScheduleDialog } from '@/components/schedules/schedule-dialog';
import { ScheduleRow } from '@/components/schedules/schedule-row';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Card } from '@/components/ui/section';

/** Prompts that start by themselves, again and again. */
export function SchedulesPage() {
  const trpc = useTRPC();
  const schedules = useQuery(trpc.schedules.list.queryOptions(undefined, { refetchInterval: 30_000 }));
  const [editing, setEditing] = useState<ScheduleView | 'new' | null>(null);
  const add = (
    <Button variant="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setEditing('new')}>
      New schedule
    </Button>
  );
  return (
    <PageColumn>
      <header className="flex h-9 items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Schedules</h1>
        {schedules.data && schedules.data.length > 0 && add}
      </header>
      <Loaded query={schedules} height="h-40">
        {(list) => (
          <Card>
            {list.length === 0 ? (
              <EmptyState icon={CalendarClock} title="No schedules" action={add}>
                A schedule starts the same prompt again and again, for example every weekday at seven: update dependencies, look through new issues, read the logs of the night.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {list.map((schedule) => (
                  <ScheduleRow key={schedule.id} schedule={schedule} onEdit={() => setEditing(schedule)} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
      <ScheduleDialog editing={editing} onClose={() => setEditing(null)} />
    </PageColumn>
  );
}
