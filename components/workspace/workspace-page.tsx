'use client';

import { useQuery } from '@tanstack/react-query';
import type { WorkspaceView } from '@/contract/workspace';
import { CheckpointsTab } from '@/components/checkpoints/checkpoints-tab';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { useTab } from '@/components/frame/use-tab';
import { MetricsTab } from '@/components/metrics/metrics-tab';
import { useFeedLiveMetrics } from '@/components/metrics/use-live-metrics';
import { PreviewTab } from '@/components/previews/preview-tab';
import { TerminalsTab } from '@/components/terminals/terminals-tab';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { TabPanel, Tabs, type TabItem } from '@/components/ui/tabs';
import { ActivityTab } from '@/components/workspace/activity-tab';
import { RunsTab } from '@/components/workspace/runs-tab';
import { SettingsTab } from '@/components/workspace/settings-tab';
import { StartChecklist } from '@/components/workspace/start-checklist';
import { WorkspaceFacts } from '@/components/workspace/workspace-facts';
import { WorkspaceHeader } from '@/components/workspace/workspace-header';
import { WorkspaceNotices } from '@/components/workspace/workspace-notices';

const tabs = ['runs', 'terminal', 'preview', 'metrics', 'activity', 'checkpoints', 'settings'] as const;
type TabName = (typeof tabs)[number];
const labels: Record<TabName, string> = { runs: 'Runs', terminal: 'Terminal', preview: 'Preview', metrics: 'Metrics', activity: 'Activity', checkpoints: 'Checkpoints', settings: 'Settings' };
const items: TabItem[] = tabs.map((value) => ({ value, label: labels[value] }));

/** One workspace: what it is, how it is, a box to ask for something, and everything that was asked. */
export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const trpc = useTRPC();
  const workspace = useQuery(trpc.workspaces.byId.queryOptions({ workspaceId }, { refetchInterval: (query) => (query.state.data?.status === 'creating' ? 2_000 : 15_000) }));
  return (
    <PageColumn>
      {workspace.isError && <FailureNotice message={errorSentence(workspace.error)} kind={errorKind(workspace.error)} onRetry={() => void workspace.refetch()} />}
      {workspace.isPending && <PendingWorkspace />}
      {workspace.data && <OpenWorkspace workspace={workspace.data} />}
    </PageColumn>
  );
}

function OpenWorkspace({ workspace }: { workspace: WorkspaceView }) {
  const [tab, openTab] = useTab(tabs);
  useFeedLiveMetrics(workspace.id);
  return (
    <>
      <WorkspaceHeader workspace={workspace} />
      <WorkspaceNotices workspace={workspace} />
      {showsChecklist(workspace) && <StartChecklist workspaceId={workspace.id} steps={workspace.steps} />}
      <WorkspaceFacts workspace={workspace} />
      <Tabs label="Workspace" value={tab} onChange={(value) => openTab(value as TabName)} items={items}>
        <TabPanel value="runs">
          <RunsTab workspace={workspace} />
        </TabPanel>
        <TabPanel value="terminal">
          <TerminalsTab workspace={workspace} />
        </TabPanel>
        <TabPanel value="preview">
          <PreviewTab workspace={workspace} />
        </TabPanel>
        <TabPanel value="metrics">
          <MetricsTab workspace={workspace} />
        </TabPanel>
        <TabPanel value="activity">
          <ActivityTab workspace={workspace} />
        </TabPanel>
        <TabPanel value="checkpoints">
          <CheckpointsTab workspace={workspace} />
        </TabPanel>
        <TabPanel value="settings">
          <SettingsTab workspace={workspace} />
        </TabPanel>
      </Tabs>
    </>
  );
}

/** While it starts, and when starting went wrong. */
function showsChecklist({ status, steps }: WorkspaceView): boolean {
  return status === 'creating' || (status !== 'archived' && steps.some((step) => step.status === 'failed' || step.status === 'running'));
}

function PendingWorkspace() {
  return (
    <>
      <div className="flex flex-col gap-2">
        <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }]} />
        <Skeleton className="h-9 w-64" />
        <Skeleton className="h-5 w-80 max-w-full" />
      </div>
      <Skeleton className="h-[70px] w-full" />
      <Skeleton className="h-9 w-full" />
      <Skeleton className="h-36 w-full" />
    </>
  );
}
