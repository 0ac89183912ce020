'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { WorkspaceView } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';

interface NotRunningProps {
  workspace: WorkspaceView;
  /** What needs it to run, as the beginning of a sentence. */
  what: string;
  /** What became of those that were there. */
  ended: string;
}

/** Why something that lives in the container is not to be had now, and what to do about it. */
export function NotRunning({ workspace, what, ended }: NotRunningProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const start = useMutation(trpc.workspaces.start.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), next) }));
  const { status, task } = workspace;
  if (start.isError) return <FailureNotice message={errorSentence(start.error)} kind={errorKind(start.error)} onRetry={() => start.reset()} />;
  if (status === 'creating' || task?.kind === 'start') return <Notice kind="waiting">The workspace is starting. {what} can be opened as soon as it runs.</Notice>;
  if (status === 'archived') return <Notice>The workspace is archived. {what} can be opened when it was restored and runs.</Notice>;
  if (status !== 'stopped' && status !== 'unhealthy') return <Notice kind="waiting">{what} needs a running workspace.</Notice>;
  const action = (
    <Button size="small" variant="primary" busy={start.isPending} onClick={() => start.mutate({ workspaceId: workspace.id })}>
      Start the workspace
    </Button>
  );
  return <Notice action={action}>{what} needs a running workspace. {ended}</Notice>;
}
