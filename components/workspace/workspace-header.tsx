'use client';

import { WandSparkles } from 'lucide-react';
import type { WorkspaceView } from '@/contract/workspace';
import { Breadcrumb } from '@/components/frame/page-header';
import { CopyButton } from '@/components/ui/copy-button';
import { formatSize } from '@/components/ui/quantities';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';
import { RepositoryLabel } from '@/components/workspaces/repository-label';
import { WorkspaceActions } from '@/components/workspace/workspace-actions';
import { WorkspaceState } from '@/components/workspaces/workspace-state';

/** Name, origin, state and what can be done with a workspace. */
export function WorkspaceHeader({ workspace }: { workspace: WorkspaceView }) {
  const isInChecklist = workspace.steps.some((step) => step.status === 'failed' && step.message === workspace.statusReason);
  const said = [isInChecklist ? null : workspace.statusReason, workspace.nextStep].filter(Boolean).join(' ');
  const isRecovering = workspace.recovery.nextAt !== null; // told below, with the seconds that are left
  return (
    <header className="flex flex-col gap-2">
      <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }]} />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="min-w-0 text-xl font-semibold [overflow-wrap:anywhere]">{workspace.name}</h1>
        <WorkspaceActions workspace={workspace} />
      </div>
      <div className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <span className="inline-flex items-center gap-2" aria-live="polite">
          <WorkspaceState status={workspace.status} />
          <span className="text-xs text-ink-faint">
            <RelativeTime date={workspace.statusSince} />
          </span>
        </span>
        <span className="flex min-w-0 items-center gap-1">
          <RepositoryLabel url={workspace.repositoryUrl} branch={workspace.branch} />
          <CopyButton label="Copy the repository's address" text={workspace.repositoryUrl} />
        </span>
        {workspace.extraRepositories.length > 0 && (
          <span className="text-ink-soft" title={workspace.extraRepositories.map(({ url, folder }) => `${folder}: ${url}`).join('\n')}>
            and {workspace.extraRepositories.length} more {workspace.extraRepositories.length === 1 ? 'repository' : 'repositories'}
          </span>
        )}
        <span className="text-ink-faint">{limitsInWords(workspace)}</span>
        {workspace.idleStopAt && (
          <span className="inline-flex items-center gap-1 text-ink-faint" title="Because nobody uses it. The work is kept first; a run or a click keeps it on.">
            <WandSparkles aria-hidden className="size-3.5" />
            stops by itself <TimeUntil date={workspace.idleStopAt} />
          </span>
        )}
      </div>
      {said && !isRecovering && <p className="text-ink-soft [overflow-wrap:anywhere]">{said}</p>}
    </header>
  );
}

function limitsInWords({ limits: { memoryBytes, cpus } }: WorkspaceView): string {
  return `${formatSize(memoryBytes)} memory · ${cpus} ${cpus === 1 ? 'core' : 'cores'}`;
}
