'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ArchiveRestore, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { RemovedWorkspace } from '@/contract/checkpoint';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, ButtonLink } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { formatSize } from '@/components/ui/quantities';
import { exactTime, RelativeTime, TimeUntil } from '@/components/ui/relative-time';
import { Card } from '@/components/ui/section';
import { RepositoryLabel } from '@/components/workspaces/repository-label';

/** Deleted workspaces whose work is still kept: until when, and how to have it back. */
export function RemovedWorkspacesPage() {
  const trpc = useTRPC();
  const removed = useQuery(trpc.removedWorkspaces.list.queryOptions());
  return (
    <PageColumn>
      <header className="flex flex-col gap-2">
        <Breadcrumb parents={[{ href: '/workspaces', label: 'Workspaces' }]} />
        <h1 className="text-xl font-semibold">Deleted, still kept</h1>
        <p className="text-ink-soft">The work of deleted workspaces is kept for a while. Restoring one makes a new workspace with its branches, commits and uncommitted changes.</p>
      </header>
      <Loaded query={removed} height="h-40">
        {(all) => (
          <Card>
            {all.length === 0 ? (
              <EmptyState icon={ArchiveRestore} title="Nothing is kept" action={<ButtonLink href="/workspaces">Go to the workspaces</ButtonLink>}>
                When a workspace is deleted, its work stands here until its time is over.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {all.map((workspace) => (
                  <RemovedRow key={workspace.id} removed={workspace} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
    </PageColumn>
  );
}

function RemovedRow({ removed }: { removed: RemovedWorkspace }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: trpc.removedWorkspaces.list.queryKey() });
  const restore = useMutation(
    trpc.removedWorkspaces.restore.mutationOptions({
      onSuccess: (workspace) => {
        refresh();
        queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), workspace);
        router.push(`/workspaces/${workspace.id}`);
      },
    }),
  );
  const discard = useMutation(trpc.removedWorkspaces.discard.mutationOptions({ onSuccess: () => setAsking(false), onSettled: refresh }));
  const input = { removedWorkspaceId: removed.id };
  return (
    <li className="flex flex-col gap-2 px-4 py-3 md:flex-row md:items-center md:gap-4">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-medium [overflow-wrap:anywhere]">{removed.name}</span>
          <span className="text-xs text-ink-faint">{removed.owner.login}</span>
        </div>
        <div className="text-sm">
          <RepositoryLabel url={removed.repositoryUrl} branch={removed.branch} />
        </div>
        <div className="text-xs text-ink-soft">
          Deleted <RelativeTime date={removed.removedAt} /> · {formatSize(removed.bytes)} {removed.kind === 'bundle' ? 'as one git bundle' : 'as plain files, because git could not bundle them'} · gone <TimeUntil date={removed.keptUntil} />
        </div>
        {restore.isError && <FailureNotice message={errorSentence(restore.error)} kind={errorKind(restore.error)} />}
      </div>
      <div className="flex shrink-0 gap-2">
        <Button size="small" icon={<ArchiveRestore aria-hidden className="size-3.5" />} busy={restore.isPending || restore.isSuccess} onClick={() => restore.mutate(input)}>
          Restore
        </Button>
        <Button size="small" variant="danger" icon={<Trash2 aria-hidden className="size-3.5" />} onClick={() => setAsking(true)}>
          Discard
        </Button>
      </div>
      <Dialog open={asking} onClose={() => setAsking(false)} title={`Discard the work of ${removed.name}?`}>
        <p className="text-ink-soft">Its {formatSize(removed.bytes)} are removed now, for good, instead of on {exactTime(removed.keptUntil)}. Nobody can restore it then.</p>
        {discard.isError && <FailureNotice message={errorSentence(discard.error)} kind={errorKind(discard.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button variant="danger" busy={discard.isPending} onClick={() => discard.mutate(input)}>
            Discard it for good
          </Button>
        </div>
      </Dialog>
    </li>
  );
}
