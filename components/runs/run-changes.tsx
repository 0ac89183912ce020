'use client';

import { useQuery } from '@tanstack/react-query';
import { FileDiff } from 'lucide-react';
import { useMemo, useState } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import { DiffFile, type DiffView } from '@/components/runs/diff-file';
import { parsePatch, type PatchFile } from '@/components/runs/parse-patch';
import { LineCount } from '@/components/runs/change-count';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { Segmented } from '@/components/ui/segmented';
import { Skeleton } from '@/components/ui/skeleton';

const views: { value: DiffView; label: string }[] = [
  { value: 'unified', label: 'Unified' },
  { value: 'split', label: 'Split' },
];

/** What the run changed against the commit it began at. While it is on, the diff is fetched again every ten seconds. */
export function RunChanges({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const final = isFinal(run.status);
  const diff = useQuery({
    ...trpc.runs.diff.queryOptions({ runId: run.id }, { refetchInterval: final ? false : 10_000, staleTime: final ? 60_000 : 0 }),
    enabled: run.status !== 'queued',
  });
  const [view, setView] = useState<DiffView>('unified');
  const files = useMemo(() => (diff.data ? parsePatch(diff.data.patch) : []), [diff.data]);

  if (diff.isError) return <FailureNotice message={errorSentence(diff.error)} kind={errorKind(diff.error)} onRetry={() => void diff.refetch()} />;
  if (run.status === 'queued') return <EmptyState icon={FileDiff} title="No changes yet">The run has not begun.</EmptyState>;
  if (!diff.data) return <Skeleton className="mt-3 h-64 w-full" />;
  return (
    <div className="flex min-h-0 flex-col gap-3 pt-2 md:flex-1 md:overflow-y-auto">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-0 flex-1 text-sm text-ink-soft">
          {diff.data.baseCommit && (
            <>
              Against <code className="font-mono text-xs">{diff.data.baseCommit.slice(0, 10)}</code>
            </>
          )}
          {diff.data.live && ' · the run is on, this is how it stands now'}
        </p>
        <Segmented label="Diff" value={view} options={views} onChange={setView} />
        {!final && (
          <Button size="small" busy={diff.isFetching} onClick={() => void diff.refetch()}>
            Refresh
          </Button>
        )}
      </div>
      {diff.data.truncated && <Notice kind="warning">The diff is too big to show in full: the rest is left out here. Nothing is missing in the workspace.</Notice>}
      {files.length === 0 && (
        <EmptyState icon={FileDiff} title="No changes">
          {final ? 'This run changed no files.' : 'Nothing has been changed so far.'}
        </EmptyState>
      )}
      {files.length > 0 && <FileList files={files} />}
      {files.map((file) => (
        <DiffFile key={file.path} file={file} view={view} />
      ))}
    </div>
  );
}

function FileList({ files }: { files: PatchFile[] }) {
  return (
    <ul aria-label="Changed files" className="max-h-56 shrink-0 overflow-y-auto rounded-lg border border-line bg-surface py-1">
      {files.map((file) => (
        <li key={file.path}>
          <a href={`#${file.anchor}`} className="flex items-center gap-2 px-3 py-1 font-mono text-xs hover:bg-hover">
            <span className="min-w-0 flex-1 truncate" title={file.path}>
              {file.path}
            </span>
            {file.isBinary ? <span className="text-ink-faint">binary</span> : <LineCount additions={file.additions} deletions={file.deletions} />}
          </a>
        </li>
      ))}
    </ul>
  );
}
