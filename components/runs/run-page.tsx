'use client';

import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useCallback, useState } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { Conversation } from '@/components/conversation/conversation';
import { Breadcrumb } from '@/components/frame/page-header';
import { RunNotices } from '@/components/notices/run-notices';
import { PublishPanel } from '@/components/publishing/publish-panel';
import { OpenQuestions } from '@/components/questions/open-questions';
import { ChangesTab } from '@/components/review/changes-tab';
import { ChangeCount } from '@/components/runs/change-count';
import { LogPlaceProvider } from '@/components/runs/log-place';
import { sumChanges } from '@/components/runs/run-figures';
import { RunHeader } from '@/components/runs/run-header';
import { RunLogView } from '@/components/logs/log-view';
import { RunReason } from '@/components/runs/run-reason';
import { RunResult } from '@/components/runs/run-result';
import { Composer } from '@/components/steering/composer';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { TabPanel, Tabs, type TabItem } from '@/components/ui/tabs';
import { useMedia } from '@/components/ui/use-media';

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
    <div className="flex w-full flex-1 flex-col gap-3 px-4 py-3 has-data-fits-screen:min-h-[480px] has-data-fits-screen:basis-0 sm:px-6 md:min-h-[460px] md:basis-0">
      <Breadcrumb parents={parents} />
      {run.isPending && <PendingRun />}
      {run.isError && <FailureNotice message={errorSentence(run.error)} kind={errorKind(run.error)} onRetry={() => void run.refetch()} />}
      {run.data && <OpenRun key={run.data.id} run={run.data} workspace={workspace.data} />}
    </div>
  );
}

type TabName = 'conversation' | 'changes' | 'log' | 'publish';

/** Wide enough for the conversation beside the rest. */
const TWO_COLUMNS = '(min-width: 1024px)';

function OpenRun({ run, workspace }: { run: RunView; workspace: WorkspaceView | undefined }) {
  const wide = useMedia(TWO_COLUMNS);
  const linksToLog = useSearchParams().has('log');
  // Null until somebody chooses: what is shown first is decided when the page is opened, and stays when the run ends meanwhile.
  const [chosen, setTab] = useState<TabName | null>(linksToLog ? 'log' : null);
  const [first] = useState<TabName>(isFinal(run.status) ? 'changes' : 'log');
  const shown = chosen ?? (wide ? first : 'conversation');
  const tab = wide && shown === 'conversation' ? first : shown;
  const changes = sumChanges(run.changedFiles);
  const items: TabItem[] = [
    ...(wide ? [] : [{ value: 'conversation', label: 'Conversation' }]),
    { value: 'changes', label: changes.files > 0 ? <ChangesLabel run={run} /> : 'Changes' },
    { value: 'log', label: 'Log' },
    { value: 'publish', label: 'Publish' },
  ];
  const conversation = <ConversationColumn run={run} workspace={workspace} onShowChanges={() => setTab('changes')} />;
  const showLog = useCallback(() => setTab('log'), []);
  return (
    <LogPlaceProvider onShow={showLog}>
      <RunHeader run={run} />
      <RunReason run={run} workspace={workspace} onShowChanges={() => setTab('changes')} />
      <RunNotices run={run} />
      <div className="flex min-h-0 min-w-0 flex-1 gap-4">
        {wide && <div className="flex min-h-0 min-w-0 flex-1 basis-0 flex-col">{conversation}</div>}
        <div className="flex min-h-0 min-w-0 flex-1 basis-0 flex-col">
          <Tabs label="Run" value={tab} onChange={(value) => setTab(value as TabName)} items={items}>
            {!wide && <TabPanel value="conversation">{conversation}</TabPanel>}
            <TabPanel value="changes">
              <ChangesTab run={run} />
            </TabPanel>
            <TabPanel value="log">
              <RunLogView key={run.id} run={run} />
            </TabPanel>
            <TabPanel value="publish" scrolls>
              <PublishPanel run={run} />
            </TabPanel>
          </Tabs>
        </div>
      </div>
    </LogPlaceProvider>
  );
}

/** What was said so far, what Claude asks, and what comes next. On a phone the page is as high as the screen while this is open, so that the field below stays in view. */
function ConversationColumn({ run, workspace, onShowChanges }: { run: RunView; workspace: WorkspaceView | undefined; onShowChanges: () => void }) {
  return (
    <section aria-label="Conversation" data-fits-screen className="flex min-h-0 min-w-0 flex-1 flex-col gap-2 max-lg:pt-2">
      <Conversation run={run} end={isFinal(run.status) && <RunResult run={run} onShowChanges={onShowChanges} />} />
      <OpenQuestions run={run} />
      <Composer run={run} workspace={workspace} />
    </section>
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
