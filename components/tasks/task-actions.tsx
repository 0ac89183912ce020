'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, RefreshCw } from 'lucide-react';
import type { TaskView } from '@/contract/task';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Cancel what has not begun; ask again for what failed. Nothing where neither makes sense. */
export function TaskActions({ task }: { task: TaskView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = () => {
    void queryClient.invalidateQueries({ queryKey: trpc.tasks.pathKey() });
    void queryClient.invalidateQueries({ queryKey: trpc.workspaces.byId.queryKey({ workspaceId: task.workspaceId }) });
  };
  const cancel = useMutation(trpc.tasks.cancel.mutationOptions({ onSettled: refresh }));
  const retry = useMutation(trpc.tasks.retry.mutationOptions({ onSettled: refresh }));
  const canCancel = task.status === 'queued' || task.status === 'waiting' || task.status === 'retrying';
  const canRetry = task.status === 'failed' || task.status === 'parked';
  const failure = cancel.error ?? retry.error;
  if (!canCancel && !canRetry && !failure) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {canCancel && (
        <Button size="small" busy={cancel.isPending} icon={<Ban aria-hidden className="size-3.5" />} onClick={() => cancel.mutate({ taskId: task.id })}>
          Cancel
        </Button>
      )}
      {canRetry && (
        <Button size="small" busy={retry.isPending} icon={<RefreshCw aria-hidden className="size-3.5" />} onClick={() => retry.mutate({ taskId: task.id })}>
          Try again
        </Button>
      )}
      {failure && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
    </div>
  );
}
