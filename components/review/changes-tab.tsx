'use client';

import { useQuery } from '@tanstack/react-query';
import { FileDiff } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { DiffBase } from '@/contract/review';
import type { RunView } from '@/contract/run';
import { ChangedFiles } from '@/components/review/changed-files';
import { DiffFile } from '@/components/review/diff-file';
import type { DiffView } from '@/components/review/diff-lines';
import { LineComments } from '@/components/review/line-comments';
import { RestoreRunButton } from '@/components/review/restore-run-button';
import { SendReview } from '@/components/review/send-review';
import { useStored } from '@/components/review/stored';
import { useComments } from '@/components/review/use-comments';
import { useFileKeys } from '@/components/review/use-file-keys';
import { useRunDiff } from '@/components/review/use-run-diff';
import { useViewed } from '@/components/review/use-viewed';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { Segmented } from '@/components/ui/segmented';
import { Skeleton } from '@/components/ui/skeleton';
import { useMedia } from '@/components/ui/use-media';

const views: { value: DiffView; label: string }[] = [
  { value: 'unified', label: 'Unified' },
  { value: 'split', label: 'Split' },
];
const bases: { value: DiffBase; label: string }[] = [
  { value: 'run', label: 'This run' },
  { value: 'conversation', label: 'Conversation' },
];

/** What was changed, file by file, and what a person has to say about it. */
export function ChangesTab({ run }: { run: RunView }) {
  const [against, setAgainst] = useState<DiffBase>('run');
  const [storedView, storeView] = useStored('anyon.diff-view');
  const wide = useMedia('(min-width: 768px)');
  const view: DiffView = wide && storedView === 'split' ? 'split' : 'unified';
  const { diff, files, final } = useRunDiff(run, against);
  if (run.status === 'queued') return <EmptyState icon={FileDiff} title="No changes yet">The run has not begun.</EmptyState>;
  return (
    <div className="flex min-h-0 flex-col gap-3 pt-2 md:flex-1">
      <div className="flex shrink-0 flex-wrap items-center gap-2">
        <p className="min-w-0 flex-1 basis-40 text-sm text-ink-soft">
          {against === 'run' ? 'Since this run began' : 'Since the conversation began'}
          {diff.data?.live && ' · as it is now'}
        </p>
        {final && <RestoreRunButton run={run} />}
        {run.resumesRunId !== null && <Segmented label="Since" value={against} options={bases} onChange={setAgainst} />}
        {wide && <Segmented label="Diff" value={view} options={views} onChange={storeView} />}
      </div>
      {diff.isError && <FailureNotice message={errorSentence(diff.error)} kind={errorKind(diff.error)} onRetry={() => void diff.refetch()} />}
      {!diff.data && diff.isPending && <Skeleton className="h-64 w-full" />}
      {diff.data?.truncated && <Notice kind="warning">So much has changed that not all of it is shown here. Nothing is missing in the workspace.</Notice>}
      {diff.data && <Review run={run} against={against} view={view} files={files} mayRevert={final} />}
    </div>
  );
}

const none: never[] = [];

/** The list of files beside, or above, the files themselves. */
function Review({ run, against, view, files, mayRevert }: { run: RunView; against: DiffBase; view: DiffView; files: ReturnType<typeof useRunDiff>['files']; mayRevert: boolean }) {
  const trpc = useTRPC();
  const me = useQuery(trpc.session.me.queryOptions());
  const comments = useComments(run.id);
  const { isViewed, setViewed } = useViewed(run.claudeSessionId);
  const byPath = useMemo(() => Map.groupBy(comments.all, ({ path }) => path), [comments.all]);
  const byFile = useMemo(() => Map.groupBy(comments.drafts, ({ fileId }) => fileId), [comments.drafts]);
  useFileKeys();
  return (
    <>
      <SendReview runId={run.id} comments={comments} />
      {comments.failure && <Notice kind="failure">{comments.failure}</Notice>}
      <div className="@container min-h-0 md:flex-1 md:overflow-y-auto">
        {files.length === 0 && (
          <EmptyState icon={FileDiff} title="No changes">
            {mayRevert ? 'No files were changed.' : 'Nothing has been changed so far.'}
          </EmptyState>
        )}
        <div className="flex flex-col gap-3 @3xl:flex-row">
          {files.length > 0 && <ChangedFiles files={files} isViewed={isViewed} countComments={({ path }) => byPath.get(path)?.length ?? 0} />}
          <div className="flex min-w-0 flex-1 flex-col gap-3">
            {files.map((file) => (
              <DiffFile
                key={file.id}
                runId={run.id}
                against={against}
                file={file}
                view={view}
                isViewed={isViewed(file)}
                setViewed={setViewed}
                mayRevert={mayRevert}
                comments={byPath.get(file.path) ?? none}
                drafts={byFile.get(file.id) ?? none}
                actions={comments.actions}
                userId={me.data?.actor?.userId ?? null}
              />
            ))}
            <CommentsElsewhere comments={comments} files={files} userId={me.data?.actor?.userId ?? null} />
          </div>
        </div>
      </div>
    </>
  );
}

/** Comments on files that are not part of this diff (any more): they are still to be sent, or were. */
function CommentsElsewhere({ comments, files, userId }: { comments: ReturnType<typeof useComments>; files: ReturnType<typeof useRunDiff>['files']; userId: string | null }) {
  const shown = new Set(files.map(({ path }) => path));
  const elsewhere = Map.groupBy(comments.all.filter(({ path }) => !shown.has(path)), ({ path }) => path);
  return [...elsewhere].map(([path, written]) => (
    <section key={path} aria-label={path} className="rounded-lg border border-line bg-surface">
      <h3 className="truncate border-b border-line bg-sunken px-3 py-1.5 font-mono text-xs" title={path}>
        {path} <span className="font-sans text-ink-faint">not in this diff</span>
      </h3>
      <LineComments path={path} written={written} drafts={none} actions={comments.actions} userId={userId} outdated />
    </section>
  ));
}
