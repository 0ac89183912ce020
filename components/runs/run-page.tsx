'use client';

import { useQuery } from '@tanstack/react-query';
import { removedSentence } from '@/contract/retention';
import { isFinal, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { Conversation } from '@/components/conversation/conversation';
import { ConversationEndProvider } from '@/components/conversation/conversation-end';
import { Breadcrumb } from '@/components/frame/page-header';
import { RunNotices } from '@/components/notices/run-notices';
import { PublishPanel } from '@/components/publishing/publish-panel';
import { OpenQuestions } from '@/components/questions/open-questions';
import { FilesAwayNotice } from '@/components/retention/files-away-notice';
import { RemovedChanges } from '@/components/retention/removed-changes';
import { RemovedPart } from '@/components/retention/removed-part';
import { ChangesTab } from '@/components/review/changes-tab';
import { ChangeCount } from '@/components/runs/change-count';
import { LogPlaceProvider } from '@/components/runs/log-place';
import { RunColumns } from '@/components/runs/run-columns';
import { sumChanges } from '@/components/runs/run-figures';
import { RunHeader } from '@/components/runs/run-header';
import { RunLogView } from '@/components/logs/log-view';
import { RunReason } from '@/components/runs/run-reason';
import { RunResult } from '@/components/runs/run-result';
import { useRunTabs } from '@/components/runs/use-run-tabs';
import { Composer } from '@/components/steering/composer';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { Skeleton } from '@/components/ui/skeleton';
import { VariantStrip } from '@/components/variants/variant-strip';

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

function OpenRun({ run, workspace }: { run: RunView; workspace: WorkspaceView | undefined }) {
  const { wide, tab, show, showConversation, showChanges, showLog } = useRunTabs(run);
  const changed = sumChanges(run.changedFiles).files > 0;
  return (
    <LogPlaceProvider onShow={showLog}>
      <ConversationEndProvider onShow={showConversation}>
        <RunHeader run={run} />
        {run.variant && <VariantStrip variant={run.variant} />}
        <RunReason run={run} workspace={workspace} onShowChanges={showChanges} />
        <RunNotices run={run} />
        <FilesAwayNotice run={run} />
        <RunColumns
          wide={wide}
          tab={tab}
          onTab={show}
          conversation={<ConversationColumn run={run} workspace={workspace} fitsScreen={tab === 'conversation'} onShowChanges={showChanges} />}
          onConversationUsed={showConversation}
          beside={[
            { value: 'changes', label: changed ? <ChangesLabel run={run} /> : 'Changes', content: run.detailsRemovedAt ? <RemovedChanges run={run} /> : <ChangesTab run={run} /> },
            { value: 'log', label: 'Log', content: run.logRemovedAt ? <RemovedPart what="The log" at={run.logRemovedAt} because={run.logRemovedBecause} /> : <RunLogView key={run.id} run={run} /> },
            { value: 'publish', label: 'Publish', content: <PublishPanel run={run} />, scrolls: true },
          ]}
        />
      </ConversationEndProvider>
    </LogPlaceProvider>
  );
}

interface ConversationColumnProps {
  run: RunView;
  workspace: WorkspaceView | undefined;
  /** On a phone the page is as high as the screen while this is open, so that the field below stays in view. */
  fitsScreen: boolean;
  onShowChanges: () => void;
}

/** What was said so far, what Claude asks, and what comes next. */
function ConversationColumn({ run, workspace, fitsScreen, onShowChanges }: ConversationColumnProps) {
  return (
    <section aria-label="Conversation" {...(fitsScreen && { 'data-fits-screen': '' })} className="flex min-h-0 min-w-0 flex-1 flex-col gap-2 max-lg:pt-2">
      {run.detailsRemovedAt && <Notice>{removedSentence('What was said in this run', run.detailsRemovedAt, run.detailsRemovedBecause ?? 'no longer kept')} Its prompt and Claude’s last words stay.</Notice>}
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
