'use client';

import Link from 'next/link';
import type { WorkspaceView } from '@/contract/workspace';
import { RelativeTime } from '@/components/ui/relative-time';
import { RepositoryLabel } from '@/components/workspaces/repository-label';
import { WorkspaceState } from '@/components/workspaces/workspace-state';

const columns = 'md:grid md:grid-cols-[minmax(0,1.1fr)_minmax(0,1.3fr)_minmax(0,1.4fr)_8.5rem] md:gap-4';

/** One row per workspace; on a phone each is a card. The whole row leads to the workspace. */
export function WorkspacesTable({ workspaces }: { workspaces: WorkspaceView[] }) {
  const owners = new Set(workspaces.map((workspace) => workspace.owner.id)).size;
  return (
    <div role="table" aria-label="Workspaces" className="overflow-hidden rounded-lg border border-line bg-surface">
      <div role="row" className={`hidden border-b border-line px-4 py-2 text-xs font-medium text-ink-faint ${columns}`}>
        <span role="columnheader">Name</span>
        <span role="columnheader">Repository and branch</span>
        <span role="columnheader">State</span>
        <span role="columnheader">Last run</span>
      </div>
      <div role="rowgroup" className="divide-y divide-line">
        {workspaces.map((workspace) => (
          <WorkspaceRow key={workspace.id} workspace={workspace} showOwner={owners > 1} />
        ))}
      </div>
    </div>
  );
}

function WorkspaceRow({ workspace, showOwner }: { workspace: WorkspaceView; showOwner: boolean }) {
  return (
    <div role="row" className={`relative flex flex-col gap-1 px-4 py-3 hover:bg-hover md:items-center ${columns}`}>
      <div role="cell" className="min-w-0">
        <Link href={`/workspaces/${workspace.id}`} className="block truncate font-medium after:absolute after:inset-0">
          {workspace.name}
        </Link>
        {showOwner && <div className="truncate text-xs text-ink-faint">{workspace.owner.login}</div>}
      </div>
      <div role="cell" className="min-w-0 text-sm">
        <RepositoryLabel url={workspace.repositoryUrl} branch={workspace.branch} />
      </div>
      <div role="cell" className="min-w-0 text-sm">
        <div className="flex items-center gap-2">
          <WorkspaceState status={workspace.status} />
          <span className="text-xs text-ink-faint">
            <RelativeTime date={workspace.statusSince} />
          </span>
        </div>
        <StateNote workspace={workspace} />
      </div>
      <div role="cell" className="text-sm text-ink-soft">
        <LastRun workspace={workspace} />
      </div>
    </div>
  );
}

function StateNote({ workspace: { statusReason, nextStep } }: { workspace: WorkspaceView }) {
  const note = [statusReason, nextStep].filter(Boolean).join(' ');
  return note ? (
    <div className="truncate text-xs text-ink-faint" title={note}>
      {note}
    </div>
  ) : null;
}

function LastRun({ workspace: { activeRuns, lastRunAt } }: { workspace: WorkspaceView }) {
  if (activeRuns > 0) return <span className="font-medium text-state-running">{activeRuns === 1 ? '1 run is on' : `${activeRuns} runs are on`}</span>;
  if (!lastRunAt) return <span className="text-ink-faint">No runs yet</span>;
  return (
    <>
      <span className="md:hidden">Last run </span>
      <RelativeTime date={lastRunAt} />
    </>
  );
}
