'use client';

import { useQuery } from '@tanstack/react-query';
import { Boxes, Plus } from 'lucide-react';
import { useState } from 'react';
import { PageColumn } from '@/components/frame/page-header';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Skeleton } from '@/components/ui/skeleton';
import { CreateWorkspaceDialog } from '@/components/workspaces/create-workspace-dialog';
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
    <PageColumn>
      <header className="flex h-9 items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">Workspaces</h1>
        {workspaces.data && workspaces.data.length > 0 && create}
      </header>
      {workspaces.isError && <FailureNotice message={errorSentence(workspaces.error)} kind={errorKind(workspaces.error)} onRetry={() => void workspaces.refetch()} />}
      {workspaces.isPending && <Skeleton className="h-40 w-full" />}
      {workspaces.data?.length === 0 && (
        <div className="rounded-lg border border-line bg-surface">
          <EmptyState icon={Boxes} title="No workspaces yet" action={create}>
            A workspace is a container of your own with one git repository and Claude Code in it. Give it the address of a repository and you can start the first run in about a minute.
          </EmptyState>
        </div>
      )}
      {workspaces.data && workspaces.data.length > 0 && <WorkspacesTable workspaces={workspaces.data} />}
      <CreateWorkspaceDialog open={creating} onClose={() => setCreating(false)} />
    </PageColumn>
  );
}
