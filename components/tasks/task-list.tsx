'use client';

import { ListTree } from 'lucide-react';
import type { TaskView } from '@/contract/task';
import { TaskRow } from '@/components/tasks/task-row';
import { EmptyState } from '@/components/ui/empty-state';
import { Card } from '@/components/ui/section';

/** Tasks with their attempts, newest first. `named`: each says which workspace it is about. */
export function TaskList({ tasks, named = false, empty }: { tasks: TaskView[]; named?: boolean; empty: string }) {
  return (
    <Card>
      {tasks.length === 0 ? (
        <EmptyState icon={ListTree} title={empty} />
      ) : (
        <ul className="divide-y divide-line">
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} named={named} />
          ))}
        </ul>
      )}
    </Card>
  );
}
