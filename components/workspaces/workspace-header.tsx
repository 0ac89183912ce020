'use client';

import type { WorkspaceView } from '@/contract/workspace';
import { Breadcrumb } from '@/components/frame/page-header';
import { CopyButton } from '@/components/ui/copy-button';
import { RelativeTime } from '@/components/ui/relative-time';
import { RepositoryLabel } from '@/components/workspaces/repository-label';
import { WorkspaceActions } from '@/components/workspaces/workspace-actions';
import { WorkspaceState } from '@/components/workspaces/workspace-state';

/** Name, origin, state and what can be done with a workspace. */
export function WorkspaceHeader({ workspace }: { workspace: WorkspaceView }) {
  return (
    <header className="flex flex-col gap-2">
      <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }]} />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="min-w-0 text-xl font-semibold [overflow-wrap:anywhere]">{workspace.name}</h1>
        <WorkspaceActions workspace={workspace} />
      </div>
      <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <span className="inline-flex items-center gap-2">
          <WorkspaceState status={workspace.status} />
          <span className="text-xs text-ink-faint">
            <RelativeTime date={workspace.statusSince} />
          </span>
        </span>
        <span className="flex min-w-0 items-center gap-1">
          <RepositoryLabel url={workspace.repositoryUrl} branch={workspace.branch} />
          <CopyButton label="Copy the repository's address" text={workspace.repositoryUrl} />
        </span>
        <span className="text-ink-faint">{formatLimits(workspace)}</span>
      </div>
      {(workspace.statusReason ?? workspace.nextStep) && (
        <p className="text-ink-soft [overflow-wrap:anywhere]">
          {workspace.statusReason} {workspace.nextStep}
        </p>
      )}
    </header>
  );
}

function formatLimits({ limits: { memoryBytes, cpus } }: WorkspaceView): string {
  const gib = memoryBytes / 1024 ** 3;
  return `${Number(gib.toFixed(1))} GiB memory · ${cpus} ${cpus === 1 ? 'core' : 'cores'}`;
}
