'use client';

import { clsx } from 'clsx';
import type { ListedWorkspace } from '@/contract/workspace';
import { Checkbox } from '@/components/ui/checkbox';
import type { Selection } from '@/components/workspaces/use-selection';
import { rowColumns, WorkspaceRow } from '@/components/workspaces/workspace-row';

/** One row per workspace; on a phone each is a card. The whole row leads to the workspace, its box chooses it. */
export function WorkspacesTable({ workspaces, selection }: { workspaces: ListedWorkspace[]; selection: Selection }) {
  const owners = new Set(workspaces.map((workspace) => workspace.owner.id)).size;
  const chosen = selection.ids.length;
  return (
    <div role="table" aria-label="Workspaces" aria-rowcount={workspaces.length + 1} className="overflow-hidden rounded-lg border border-line bg-surface">
      <div role="row" className={`flex items-center gap-3 border-b border-line px-4 py-2 text-xs font-medium text-ink-faint ${rowColumns}`}>
        <span role="columnheader" className="flex">
          <Checkbox
            label={chosen === workspaces.length ? 'Choose none' : `Choose all ${workspaces.length}`}
            mixed={chosen > 0 && chosen < workspaces.length}
            checked={chosen > 0 && chosen === workspaces.length}
            onChange={() => (chosen === workspaces.length ? selection.clear() : selection.chooseAll())}
          />
        </span>
        <span role="columnheader">
          Name<span className="lg:hidden"> and state</span>
        </span>
        {['Repository and branch', 'State', 'CPU', 'Memory', 'Disk', 'Last run'].map((name) => (
          <span key={name} role="columnheader" className={clsx('hidden lg:block', (name === 'CPU' || name === 'Memory' || name === 'Disk') && 'text-right')}>
            {name}
          </span>
        ))}
      </div>
      <div role="rowgroup" className="divide-y divide-line">
        {workspaces.map((workspace) => (
          <WorkspaceRow key={workspace.id} workspace={workspace} showOwner={owners > 1} chosen={selection.has(workspace.id)} onToggle={selection.toggle} />
        ))}
      </div>
    </div>
  );
}
