'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import type { WorkspaceView } from '@/contract/workspace';
import { fallbackWords } from '@/components/settings/recovery-fields';
import { classWords, kindWords } from '@/components/tasks/task-words';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Elapsed, RelativeTime } from '@/components/ui/relative-time';
import { RecoveryWords } from '@/components/workspaces/state-words';

/** What is not as it should be, why, and what comes next. Usually nothing. */
export function WorkspaceNotices({ workspace }: { workspace: WorkspaceView }) {
  return (
    <>
      <TaskNotice workspace={workspace} />
      <RecoveryNotice workspace={workspace} />
      <LastError workspace={workspace} />
      {workspace.restartNeeded && <RestartNotice workspace={workspace} />}
    </>
  );
}

/** A task that waits for room or for its next attempt; one that runs is told by the state itself. */
function TaskNotice({ workspace: { id, task } }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const cancel = useMutation(
    trpc.tasks.cancel.mutationOptions({
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.workspaces.byId.queryKey({ workspaceId: id }) }),
    }),
  );
  if (!task || (task.status !== 'waiting' && task.status !== 'retrying')) return null;
  return (
    <Notice
      kind="waiting"
      action={
        <Button size="small" busy={cancel.isPending} onClick={() => cancel.mutate({ taskId: task.id })}>
          Cancel
        </Button>
      }
    >
      <p>
        <span className="font-medium">{task.status === 'waiting' ? `Its ${task.kind === 'restart' ? 'restart' : 'start'} waits for room` : `${kindWords[task.kind]} is tried again`}</span>
        <span className="text-ink-faint">
          , for <Elapsed from={task.since} to={null} /> so far
        </span>
      </p>
      {task.reason && <p className="text-ink-soft">{task.reason}</p>}
      {task.status === 'waiting' && (
        <Link href="/system" className="text-accent underline underline-offset-2">
          See the queue
        </Link>
      )}
      {cancel.isError && <p className="text-state-failed">{errorSentence(cancel.error)}</p>}
    </Notice>
  );
}

function RecoveryNotice({ workspace }: { workspace: WorkspaceView }) {
  const { recovery } = workspace;
  if (!recovery.nextAt) return null;
  const isLast = recovery.attempts + 1 >= recovery.maxRetries;
  return (
    <Notice kind="waiting">
      <p>
        {workspace.lastError?.message} <RecoveryWords recovery={recovery} />
      </p>
      <p className="text-ink-soft">
        {isLast ? 'When that fails, it will' : 'When all of them fail, it will'} {fallbackWords[recovery.fallback]}. Start it to do so at once, or stop it to leave it.
      </p>
    </Notice>
  );
}

/** Kept while it matters: until the workspace runs well again. */
function LastError({ workspace: { lastError, status, statusReason, steps, recovery, id } }: { workspace: WorkspaceView }) {
  if (!lastError || recovery.nextAt || status === 'running' || status === 'archived' || statusReason?.includes(lastError.message)) return null;
  if (steps.some((step) => step.status === 'failed' && step.message === lastError.message)) return null; // the checklist says it
  return (
    <Notice
      kind="failure"
      action={
        <Link href={`/workspaces/${id}?tab=activity`} className="text-sm font-medium text-accent hover:underline">
          See the attempts
        </Link>
      }
    >
      <p>{lastError.message}</p>
      <p className="text-xs text-ink-faint">
        Last error ({classWords[lastError.class]}), <RelativeTime date={lastError.at} />
      </p>
    </Notice>
  );
}

function RestartNotice({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const restart = useMutation(trpc.workspaces.restart.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), next) }));
  return (
    <Notice
      action={
        workspace.status === 'running' && (
          <Button size="small" busy={restart.isPending} onClick={() => restart.mutate({ workspaceId: workspace.id })}>
            Restart now
          </Button>
        )
      }
    >
      Image or network were changed. That applies at the next start{workspace.activeRuns > 0 ? '; restarting ends the runs that are on' : ''}.
      {restart.isError && <p className="text-state-failed">{errorSentence(restart.error)}</p>}
    </Notice>
  );
}
