'use client';

import { useQuery } from '@tanstack/react-query';
import { TaskList } from '@/components/tasks/task-list';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Section } from '@/components/ui/section';

/** What the workers do now, what was parked, and what was done of late. */
export function TasksTab() {
  const trpc = useTRPC();
  const open = useQuery(trpc.tasks.list.queryOptions({ open: true, limit: 200 }, { refetchInterval: 3_000 }));
  const recent = useQuery(trpc.tasks.list.queryOptions({ open: false, limit: 200 }, { refetchInterval: 10_000 }));
  const openIds = new Set(open.data?.map(({ id }) => id));
  const parked = recent.data?.filter(({ status }) => status === 'parked') ?? [];
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="Under way" note="What workers carry out now, and what waits for one, for room or for its next attempt.">
        <Loaded query={open} height="h-24">
          {(tasks) => <TaskList tasks={tasks} named empty="No task is under way" />}
        </Loaded>
      </Section>
      {parked.length > 0 && (
        <Section title="Parked" note="These ended their worker three times and are not tried again by themselves.">
          <TaskList tasks={parked} named empty="" />
        </Section>
      )}
      <Section title="Recent">
        <Loaded query={recent} height="h-64">
          {(tasks) => <TaskList tasks={tasks.filter(({ id, status }) => !openIds.has(id) && status !== 'parked').slice(0, 50)} named empty="Nothing was done yet" />}
        </Loaded>
      </Section>
    </div>
  );
}
