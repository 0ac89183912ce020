'use client';

import { useQuery } from '@tanstack/react-query';
import { isFinal } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { PromptBox } from '@/components/runs/prompt-box';
import { RunsList } from '@/components/runs/runs-list';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { StartChecklist } from '@/components/workspaces/start-checklist';
import { WorkspaceHeader } from '@/components/workspaces/workspace-header';

/** One workspace: what it is, how it is, a box to ask for something, and everything that was asked. */
export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const trpc = useTRPC();
  const workspace = useQuery(
    trpc.workspaces.byId.queryOptions({ workspaceId }, { refetchInterval: (query) => (query.state.data?.status === 'creating' ? 2_000 : 30_000) }),
  );
  return (
    <PageColumn>
      {workspace.isError && <FailureNotice message={errorSentence(workspace.error)} kind={errorKind(workspace.error)} onRetry={() => void workspace.refetch()} />}
      {workspace.isPending && <PendingWorkspace />}
      {workspace.data && (
        <>
          <WorkspaceHeader workspace={workspace.data} />
          {showsChecklist(workspace.data) && <StartChecklist steps={workspace.data.steps} />}
          <RunsOfWorkspace workspace={workspace.data} />
        </>
      )}
    </PageColumn>
  );
}

/** While it starts, and when starting went wrong. */
function showsChecklist({ status, steps }: WorkspaceView): boolean {
  return status === 'creating' || steps.some((step) => step.status === 'failed' || step.status === 'running');
}

function RunsOfWorkspace({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const runs = useQuery(trpc.runs.list.queryOptions({ workspaceId: workspace.id }));
  const isFirst = runs.data?.length === 0;
  return (
    <>
      <PromptBox workspace={workspace} isFirst={isFirst} />
      <section aria-labelledby="runs" className="flex flex-col gap-2">
        <h2 id="runs" className="font-semibold">
          Runs
          {runs.data && runs.data.some((run) => !isFinal(run.status)) && <span className="ml-2 text-xs font-normal text-ink-faint">Closing this page does not stop them.</span>}
        </h2>
        {runs.isPending && <Skeleton className="h-28 w-full" />}
        {runs.isError && <FailureNotice message={errorSentence(runs.error)} kind={errorKind(runs.error)} onRetry={() => void runs.refetch()} />}
        {runs.data && <RunsList runs={runs.data} />}
      </section>
    </>
  );
}

function PendingWorkspace() {
  return (
    <>
      <div className="flex flex-col gap-2">
        <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }]} />
        <Skeleton className="h-9 w-64" />
        <Skeleton className="h-5 w-80 max-w-full" />
      </div>
      <Skeleton className="h-36 w-full" />
      <Skeleton className="h-28 w-full" />
    </>
  );
}
