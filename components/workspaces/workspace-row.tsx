'use client';

import { clsx } from 'clsx';
import Link from 'next/link';
import { memo } from 'react';
import type { ListedWorkspace } from '@/contract/workspace';
import { Checkbox } from '@/components/ui/checkbox';
import { RelativeTime } from '@/components/ui/relative-time';
import { RepositoryLabel } from '@/components/workspaces/repository-label';
import { CpuFigure, DiskFigure, MemoryFigure } from '@/components/workspaces/row-metrics';
import { RecoveryWords, stateSentence } from '@/components/workspaces/state-words';
import { WorkspaceState } from '@/components/workspaces/workspace-state';

/** The columns of head and rows on a wide screen. */
export const rowColumns = 'lg:grid lg:grid-cols-[1rem_minmax(0,1.1fr)_minmax(0,1.1fr)_minmax(0,1.6fr)_5.25rem_7.75rem_4rem_5.5rem] lg:gap-3';

interface WorkspaceRowProps {
  workspace: ListedWorkspace;
  showOwner: boolean;
  chosen: boolean;
  onToggle: (id: string, range: boolean) => void;
}

/** Rows out of sight are not laid out (`content-visibility`), yet the browser finds their words and the keyboard reaches them. */
export const WorkspaceRow = memo(function WorkspaceRow({ workspace, showOwner, chosen, onToggle }: WorkspaceRowProps) {
  return (
    <div
      role="row"
      data-workspace-row={workspace.id}
      className={clsx(
        'relative grid grid-cols-[1rem_minmax(0,1fr)] items-start gap-x-3 gap-y-1 px-4 py-3 [contain-intrinsic-size:auto_64px] [content-visibility:auto] lg:items-center lg:py-2.5',
        chosen ? 'bg-accent-soft' : 'hover:bg-hover',
        rowColumns,
      )}
    >
      <div role="cell" className="z-10 flex pt-0.5 lg:pt-0">
        <Checkbox label={`Choose ${workspace.name}`} checked={chosen} onChange={(event) => onToggle(workspace.id, (event.nativeEvent as MouseEvent).shiftKey)} />
      </div>
      <div role="cell" className="min-w-0">
        <Link href={`/workspaces/${workspace.id}`} className="block truncate font-medium after:absolute after:inset-0">
          {workspace.name}
        </Link>
        {showOwner && <div className="truncate text-xs text-ink-faint">{workspace.owner.login}</div>}
      </div>
      <div role="cell" className="min-w-0 text-sm max-lg:col-start-2">
        <RepositoryLabel url={workspace.repositoryUrl} branch={workspace.branch} />
      </div>
      <div role="cell" className="min-w-0 text-sm max-lg:col-start-2">
        <div className="flex items-center gap-2">
          <WorkspaceState status={workspace.status} />
          <span className="text-xs text-ink-faint">
            <RelativeTime date={workspace.statusSince} />
          </span>
        </div>
        <StateNote workspace={workspace} />
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-soft max-lg:col-start-2 lg:contents">
        <div role="cell">
          <CpuFigure workspace={workspace} />
        </div>
        <div role="cell">
          <MemoryFigure workspace={workspace} />
        </div>
        <div role="cell">
          <DiskFigure workspace={workspace} />
        </div>
        <div role="cell" className="max-lg:ml-auto">
          <LastRun workspace={workspace} />
        </div>
      </div>
    </div>
  );
});

/** What comes next first: the end may be cut off. */
function StateNote({ workspace }: { workspace: ListedWorkspace }) {
  const note = stateSentence(workspace);
  if (!note) return null;
  return (
    <div className="line-clamp-2 text-xs text-ink-faint" title={note}>
      {workspace.recovery.nextAt ? (
        <>
          <RecoveryWords recovery={workspace.recovery} /> {workspace.lastError?.message}
        </>
      ) : (
        note
      )}
    </div>
  );
}

function LastRun({ workspace: { activeRuns, lastRunAt } }: { workspace: ListedWorkspace }) {
  if (activeRuns > 0) return <span className="font-medium text-state-running">{activeRuns === 1 ? '1 run is on' : `${activeRuns} runs are on`}</span>;
  if (!lastRunAt) return <span className="text-ink-faint">No runs yet</span>;
  return (
    <span className="lg:text-sm">
      <span className="lg:hidden">Last run </span>
      <RelativeTime date={lastRunAt} />
    </span>
  );
}
