'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Play, Square, Trash2 } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { WorkspaceView } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Start or stop, whichever makes sense now, and delete behind a question. */
export function WorkspaceActions({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState<'stop' | 'delete' | null>(null);
  const take = (next: WorkspaceView) => queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), next);
  const start = useMutation(trpc.workspaces.start.mutationOptions({ onSuccess: take }));
  const stop = useMutation(trpc.workspaces.stop.mutationOptions({ onSuccess: take }));
  const input = { workspaceId: workspace.id };
  const failure = start.error ?? stop.error;
  const { status, activeRuns } = workspace;
  const canStop = status === 'running' || status === 'unhealthy' || status === 'unknown';
  const canStart = status === 'stopped' || status === 'unhealthy' || status === 'unknown';
  return (
    <div className="flex max-w-full flex-wrap items-center gap-2">
      {canStart && (
        <Button busy={start.isPending} icon={<Play aria-hidden className="size-4" />} onClick={() => start.mutate(input)}>
          Start
        </Button>
      )}
      {canStop && (
        <Button busy={stop.isPending} icon={<Square aria-hidden className="size-3.5" />} onClick={() => (activeRuns > 0 ? setAsking('stop') : stop.mutate(input))}>
          {stop.isPending ? 'Stopping…' : 'Stop'}
        </Button>
      )}
      {status !== 'deleting' && (
        <Button variant="danger" icon={<Trash2 aria-hidden className="size-4" />} onClick={() => setAsking('delete')}>
          Delete
        </Button>
      )}
      {failure && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
      <Dialog open={asking === 'stop'} onClose={() => setAsking(null)} title={`Stop ${workspace.name}?`}>
        <p className="text-ink-soft">{runsThatEnd(activeRuns)} The files stay, and you can start the workspace again.</p>
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(null)}>Keep it running</Button>
          <Button
            variant="danger"
            onClick={() => {
              setAsking(null);
              stop.mutate(input);
            }}
          >
            Stop the workspace
          </Button>
        </div>
      </Dialog>
      <DeleteDialog workspace={workspace} open={asking === 'delete'} onClose={() => setAsking(null)} />
    </div>
  );
}

function DeleteDialog({ workspace, open, onClose }: { workspace: WorkspaceView; open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const remove = useMutation(
    trpc.workspaces.delete.mutationOptions({
      onSuccess: () => {
        void queryClient.invalidateQueries({ queryKey: trpc.workspaces.list.queryKey() });
        router.push('/workspaces');
      },
    }),
  );
  return (
    <Dialog open={open} onClose={onClose} title={`Delete ${workspace.name}?`}>
      <div className="flex flex-col gap-2 text-ink-soft">
        <p>This removes, for good:</p>
        <ul className="list-disc pl-5">
          <li>the container and every file in it, including changes that were not pushed</li>
          <li>all of its runs with their logs and diffs</li>
        </ul>
        {workspace.activeRuns > 0 && <p className="font-medium text-state-failed">{runsThatEnd(workspace.activeRuns)}</p>}
        <p>The repository that it was cloned from is not touched.</p>
      </div>
      {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ workspaceId: workspace.id })}>
          Delete the workspace
        </Button>
      </div>
    </Dialog>
  );
}

function runsThatEnd(count: number): string {
  if (count === 0) return '';
  return count === 1 ? 'The run that is on will be stopped.' : `The ${count} runs that are on will be stopped.`;
}
