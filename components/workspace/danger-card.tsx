'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Archive, ArchiveRestore, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { WorkspaceView } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { ArchiveDialog, DeleteDialog } from '@/components/workspace/action-dialogs';

/** Put away, or away for good. */
export function DangerCard({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState<'archive' | 'delete' | null>(null);
  const take = { onSuccess: (next: WorkspaceView) => queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), next) };
  const archive = useMutation(trpc.workspaces.archive.mutationOptions(take));
  const restore = useMutation(trpc.workspaces.restore.mutationOptions(take));
  const input = { workspaceId: workspace.id };
  const failure = archive.error ?? restore.error;
  const isArchived = workspace.status === 'archived';
  return (
    <section aria-label="Put away" className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center justify-between gap-3 p-4">
        <div className="min-w-0 flex-1 basis-60">
          <h3 className="font-semibold">{isArchived ? 'Restore' : 'Archive'}</h3>
          <p className="text-sm text-ink-soft">{isArchived ? 'It is stopped then, with all of its files, and can be started.' : 'Removes the container and keeps the files. It takes no memory and can be restored.'}</p>
        </div>
        {isArchived ? (
          <Button busy={restore.isPending} icon={<ArchiveRestore aria-hidden className="size-4" />} onClick={() => restore.mutate(input)}>
            Restore
          </Button>
        ) : (
          <Button busy={archive.isPending || workspace.task?.kind === 'archive'} icon={<Archive aria-hidden className="size-4" />} onClick={() => setAsking('archive')}>
            Archive…
          </Button>
        )}
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3 p-4">
        <div className="min-w-0 flex-1 basis-60">
          <h3 className="font-semibold">Delete</h3>
          <p className="text-sm text-ink-soft">Removes container, files and runs. The work itself is kept for a while and can be restored.</p>
        </div>
        <Button variant="danger" icon={<Trash2 aria-hidden className="size-4" />} onClick={() => setAsking('delete')}>
          Delete…
        </Button>
      </div>
      {failure && (
        <div className="p-4">
          <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />
        </div>
      )}
      <ArchiveDialog workspace={workspace} open={asking === 'archive'} onClose={() => setAsking(null)} onYes={() => archive.mutate(input)} />
      <DeleteDialog workspace={workspace} open={asking === 'delete'} onClose={() => setAsking(null)} />
    </section>
  );
}
