'use client';

import { useQuery } from '@tanstack/react-query';
import { Boxes, ListChecks, Plus, SearchX, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { useMemo, useRef, useState } from 'react';
import type { BatchAction } from '@/contract/batch';
import type { ListedWorkspace } from '@/contract/workspace';
import { RunningBatches } from '@/components/batches/running-batches';
import { StartBatchDialog } from '@/components/batches/start-batch-dialog';
import { PageColumn } from '@/components/frame/page-header';
import { useFeedLiveMetrics } from '@/components/metrics/use-live-metrics';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { CreateWorkspaceDialog } from '@/components/workspaces/create-workspace-dialog';
import { FilterBar } from '@/components/workspaces/filter-bar';
import { SelectionBar } from '@/components/workspaces/selection-bar';
import { useListKeys } from '@/components/workspaces/use-list-keys';
import { useSelection } from '@/components/workspaces/use-selection';
import { useWorkspaceFilter } from '@/components/workspaces/use-workspace-filter';
import { WaitingLine } from '@/components/workspaces/waiting-line';
import { matchesFilter } from '@/components/workspaces/workspace-filter';
import { WorkspacesTable } from '@/components/workspaces/workspaces-table';

/** All workspaces of the person (of everybody, for administrators), live. */
export function WorkspacesPage() {
  const trpc = useTRPC();
  const workspaces = useQuery(trpc.workspaces.list.queryOptions());
  const [creating, setCreating] = useState(false);
  const create = (
    <Button variant="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setCreating(true)}>
      New workspace
    </Button>
  );
  return (
    <PageColumn wide>
      <header className="flex h-9 items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Workspaces</h1>
        {workspaces.data && workspaces.data.length > 0 && create}
      </header>
      <WaitingLine />
      <RunningBatches />
      <Loaded query={workspaces} height="h-64">
        {(all) => (all.length === 0 ? <NoWorkspaces action={create} /> : <WorkspaceList all={all} onCreate={() => setCreating(true)} />)}
      </Loaded>
      <footer className="flex flex-wrap gap-x-5 gap-y-2 text-sm text-ink-soft">
        <PlaceLink href="/batches" icon={ListChecks} label="Recent batches" />
        <PlaceLink href="/workspaces/deleted" icon={Trash2} label="Deleted, still kept" />
      </footer>
      <CreateWorkspaceDialog open={creating} onClose={() => setCreating(false)} />
    </PageColumn>
  );
}

function WorkspaceList({ all, onCreate }: { all: ListedWorkspace[]; onCreate: () => void }) {
  useFeedLiveMetrics(null);
  const [filter, setFilter] = useWorkspaceFilter();
  const [asking, setAsking] = useState<BatchAction | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const listed = useMemo(() => all.filter((workspace) => matchesFilter(filter, workspace)), [all, filter]);
  const selection = useSelection(useMemo(() => listed.map(({ id }) => id), [listed]));
  const chosen = listed.filter(({ id }) => selection.has(id));
  useListKeys({ selection, search, onCreate });
  return (
    <>
      <FilterBar filter={filter} workspaces={all} searchRef={search} onChange={setFilter} />
      {listed.length > 0 ? (
        <WorkspacesTable workspaces={listed} selection={selection} />
      ) : (
        <div className="rounded-lg border border-line bg-surface">
          <EmptyState icon={SearchX} title="None of them fits the filter" action={<Button onClick={() => setFilter({ states: [], ownerId: null, repositoryUrl: null, text: '' })}>Show all</Button>}>
            {all.every(({ status }) => status === 'archived') ? 'All of your workspaces are archived. Choose “Archived” above to see them.' : 'Change the filter above, or show all.'}
          </EmptyState>
        </div>
      )}
      <SelectionBar selection={selection} chosen={chosen} listed={listed.length} onAct={setAsking} />
      <StartBatchDialog action={asking} workspaces={chosen} onClose={() => setAsking(null)} onStarted={selection.clear} />
    </>
  );
}

function NoWorkspaces({ action }: { action: React.ReactNode }) {
  return (
    <div className="rounded-lg border border-line bg-surface">
      <EmptyState icon={Boxes} title="No workspaces yet" action={action}>
        A workspace is a container of your own with one git repository and Claude Code in it. Give it the address of a repository and you can start the first run in about a minute.
      </EmptyState>
    </div>
  );
}

function PlaceLink({ href, icon: Icon, label }: { href: string; icon: typeof Boxes; label: string }) {
  return (
    <Link href={href} className="inline-flex items-center gap-1.5 hover:text-ink hover:underline">
      <Icon aria-hidden className="size-4" />
      {label}
    </Link>
  );
}
