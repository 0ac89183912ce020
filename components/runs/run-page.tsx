'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { Breadcrumb } from '@/components/frame/page-header';
import { ChangeCount } from '@/components/runs/change-count';
import { RunChanges } from '@/components/runs/run-changes';
import { sumChanges } from '@/components/runs/run-figures';
import { RunHeader } from '@/components/runs/run-header';
import { RunLogView } from '@/components/runs/run-log-view';
import { RunReason } from '@/components/runs/run-reason';
import { RunResult } from '@/components/runs/run-result';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { TabPanel, Tabs, type TabItem } from '@/components/ui/tabs';

/** The page that people live in: one run, from its first second to what came of it. */
export function RunPage({ workspaceId, runId }: { workspaceId: string; runId: string }) {
  const trpc = useTRPC();
  const run = useQuery(trpc.runs.byId.queryOptions({ runId }, { refetchInterval: (query) => (query.state.data && isFinal(query.state.data.status) ? false : 5_000) }));
  const workspace = useQuery(trpc.workspaces.byId.queryOptions({ workspaceId }));
  const parents = [
    { href: '/workspaces', label: 'Workspaces' },
    { href: `/workspaces/${workspaceId}`, label: workspace.data?.name ?? 'Workspace' },
  ];
  return (
    <div className="flex w-full flex-1 flex-col gap-3 px-4 pt-4 pb-4 sm:px-6 md:min-h-[460px] md:basis-0">
      <Breadcrumb parents={parents} />
      {run.isPending && <PendingRun />}
      {run.isError && <FailureNotice message={errorSentence(run.error)} kind={errorKind(run.error)} onRetry={() => void run.refetch()} />}
      {run.data && <OpenRun key={run.data.id} run={run.data} workspace={workspace.data} />}
    </div>
  );
}

type TabName = 'result' | 'log' | 'changes';

function OpenRun({ run, workspace }: { run: RunView; workspace: WorkspaceView | undefined }) {
  const final = isFinal(run.status);
  // A run that ends while its log is watched leaves the log in place; opened later, it shows its result first.
  const [tab, setTab] = useState<TabName>(final ? 'result' : 'log');
  const changes = sumChanges(run.changedFiles);
  const items: TabItem[] = [
    ...(final ? [{ value: 'result', label: 'Result' }] : []),
    { value: 'log', label: 'Log' },
    { value: 'changes', label: changes.files > 0 ? <ChangesLabel run={run} /> : 'Changes' },
  ];
  return (
    <>
      <RunHeader run={run} onShowResult={tab === 'result' ? null : () => setTab('result')} />
      <RunReason run={run} workspace={workspace} onShowChanges={() => setTab('changes')} />
      <Tabs label="Run" value={tab} onChange={(value) => setTab(value as TabName)} items={items}>
        <TabPanel value="result" scrolls>
          <RunResult run={run} onShowChanges={() => setTab('changes')} />
        </TabPanel>
        <TabPanel value="log">
          <RunLogView key={run.id} run={run} />
        </TabPanel>
        <TabPanel value="changes">
          <RunChanges run={run} />
        </TabPanel>
      </Tabs>
    </>
  );
}

function ChangesLabel({ run }: { run: RunView }) {
  return (
    <>
      Changes
      <span className="text-xs font-normal">
        <ChangeCount sum={sumChanges(run.changedFiles)} />
      </span>
    </>
  );
}

function PendingRun() {
  return (
    <>
      <Skeleton className="h-7 w-96 max-w-full" />
      <Skeleton className="h-5 w-72 max-w-full" />
      <Skeleton className="h-9 w-full" />
      <Skeleton className="min-h-80 w-full flex-1" />
    </>
  );
}
