'use client';

import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { useId, useState } from 'react';
import { isFinalTask, type TaskView } from '@/contract/task';
import { TaskActions } from '@/components/tasks/task-actions';
import { TaskAttempts } from '@/components/tasks/task-attempts';
import { askedBy, kindWords, taskLooks } from '@/components/tasks/task-words';
import { Elapsed, RelativeTime, TimeUntil } from '@/components/ui/relative-time';
import { StateBadge } from '@/components/ui/state-badge';

/** One task: what, who asked, how it stands and what comes next; its attempts unfold. A task that went wrong shows them at once. */
export function TaskRow({ task, named }: { task: TaskView; named: boolean }) {
  const [open, setOpen] = useState<boolean | null>(null);
  const id = useId();
  const wentWrong = task.status === 'failed' || task.status === 'parked' || task.status === 'retrying';
  const shown = open ?? wentWrong;
  return (
    <li className="px-4 py-3">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-1 md:grid-cols-[8rem_minmax(0,1fr)_auto]">
        <StateBadge look={taskLooks[task.status]} className="text-sm max-md:col-span-2" />
        <div className="min-w-0">
          <button type="button" aria-expanded={shown} aria-controls={id} onClick={() => setOpen(!shown)} className="group flex min-h-6 max-w-full items-start gap-1 rounded text-left">
            <ChevronRight aria-hidden className={shown ? 'mt-0.5 size-4 shrink-0 rotate-90 text-ink-faint' : 'mt-0.5 size-4 shrink-0 text-ink-faint'} />
            <span className="min-w-0">
              <span className="font-medium">{kindWords[task.kind]}</span> <span className="text-ink-soft">{askedBy(task.cause, task.requestedBy)}</span>
              <span className="sr-only">, {task.attempts.length} attempts</span>
            </span>
          </button>
          <div className="ml-5 flex flex-col gap-0.5 text-sm text-ink-soft [overflow-wrap:anywhere]">
            {named && (
              <Link href={`/workspaces/${task.workspaceId}?tab=activity`} className="min-h-6 w-fit max-w-full truncate hover:text-ink hover:underline">
                {task.workspaceName}
              </Link>
            )}
            <WhyAndNext task={task} />
            {task.batchId && (
              <Link href={`/batches/${task.batchId}`} className="min-h-6 w-fit text-accent hover:underline">
                See the batch
              </Link>
            )}
          </div>
        </div>
        <div className="flex items-center gap-3 text-xs text-ink-faint">
          <RelativeTime date={task.createdAt} />
          <span title="How long it took, or takes so far" className="min-w-10 text-right">
            <Elapsed from={task.createdAt} to={task.finishedAt} />
          </span>
        </div>
      </div>
      <div className="ml-5 flex flex-col gap-2 not-empty:pt-2 md:ml-[10.25rem]">
        <TaskActions task={task} />
        {shown && <TaskAttempts id={id} task={task} />}
      </div>
    </li>
  );
}

function WhyAndNext({ task }: { task: TaskView }) {
  const said = [task.statusReason, isFinalTask(task.status) && task.status === 'succeeded' ? null : task.nextStep].filter(Boolean).join(' ');
  if (task.status === 'retrying' && task.retryAt) {
    return (
      <p>
        {task.statusReason} Attempt {task.attempts.length + 1} of {task.maxAttempts} begins <TimeUntil date={task.retryAt} />.
      </p>
    );
  }
  return said ? <p>{said}</p> : null;
}
