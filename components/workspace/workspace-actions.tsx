'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Archive, ArchiveRestore, CopyPlus, Ellipsis, Play, RotateCw, ScanSearch, Square, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { WorkspaceView } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Menu, MenuItem, MenuLine } from '@/components/ui/menu';
import { ArchiveDialog, DeleteDialog, DuplicateDialog, EndsRunsDialog } from '@/components/workspace/action-dialogs';

type Question = 'stop' | 'restart' | 'archive' | 'delete' | 'duplicate';

/** What can be done with a workspace now. What ends runs or takes something away is asked first. */
export function WorkspaceActions({ workspace }: { workspace: WorkspaceView }) {
  const [asking, setAsking] = useState<Question | null>(null);
  const actions = useWorkspaceActions(workspace);
  const close = () => setAsking(null);
  const { status, activeRuns } = workspace;
  const going = workspace.task && workspace.task.status !== 'waiting' ? workspace.task.kind : null;
  const canStop = status === 'running' || status === 'creating' || status === 'unhealthy' || status === 'unknown';
  const canStart = status === 'stopped' || status === 'unhealthy' || status === 'unknown';
  const stopping = actions.stop.isPending || going === 'stop' || going === 'archive';
  const restarting = actions.restart.isPending || going === 'restart';
  const ask = (question: 'stop' | 'restart') => (activeRuns > 0 ? setAsking(question) : actions[question].mutate({ workspaceId: workspace.id }));
  return (
    <div className="flex max-w-full flex-wrap items-center gap-2">
      {canStart && (
        <Button variant={status === 'stopped' ? 'primary' : 'plain'} busy={actions.start.isPending || going === 'start'} icon={<Play aria-hidden className="size-4" />} onClick={() => actions.start.mutate({ workspaceId: workspace.id })}>
          Start
        </Button>
      )}
      {canStop && (
        <Button busy={stopping} icon={<Square aria-hidden className="size-3.5" />} onClick={() => ask('stop')}>
          {stopping ? 'Stopping…' : 'Stop'}
        </Button>
      )}
      {status === 'running' && (
        <Button busy={restarting} icon={<RotateCw aria-hidden className="size-3.5" />} onClick={() => ask('restart')}>
          {restarting ? 'Restarting…' : 'Restart'}
        </Button>
      )}
      {status === 'archived' && (
        <Button variant="primary" busy={actions.restore.isPending} icon={<ArchiveRestore aria-hidden className="size-4" />} onClick={() => actions.restore.mutate({ workspaceId: workspace.id })}>
          Restore
        </Button>
      )}
      <MoreActions workspace={workspace} onAsk={setAsking} onSync={() => actions.sync.mutate({ workspaceId: workspace.id })} />
      {actions.error !== null && <FailureNotice message={errorSentence(actions.error)} kind={errorKind(actions.error)} />}
      <EndsRunsDialog action="stop" workspace={workspace} open={asking === 'stop'} onClose={close} onYes={() => actions.stop.mutate({ workspaceId: workspace.id })} />
      <EndsRunsDialog action="restart" workspace={workspace} open={asking === 'restart'} onClose={close} onYes={() => actions.restart.mutate({ workspaceId: workspace.id })} />
      <ArchiveDialog workspace={workspace} open={asking === 'archive'} onClose={close} onYes={() => actions.archive.mutate({ workspaceId: workspace.id })} />
      <DuplicateDialog workspace={workspace} open={asking === 'duplicate'} onClose={close} />
      <DeleteDialog workspace={workspace} open={asking === 'delete'} onClose={close} />
    </div>
  );
}

function MoreActions({ workspace: { status }, onAsk, onSync }: { workspace: WorkspaceView; onAsk: (question: Question) => void; onSync: () => void }) {
  if (status === 'deleting') return null;
  return (
    <Menu
      label="More"
      trigger={
        <IconButton label="More actions" className="size-9! border border-line-strong bg-surface">
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      <MenuItem icon={<CopyPlus aria-hidden />} onSelect={() => onAsk('duplicate')}>
        Duplicate…
      </MenuItem>
      {status !== 'archived' && (
        <MenuItem icon={<ScanSearch aria-hidden />} note="Asks Docker now and puts right what differs" onSelect={onSync}>
          Check against Docker
        </MenuItem>
      )}
      {status !== 'archived' && (
        <MenuItem icon={<Archive aria-hidden />} note="Removes the container, keeps the files" onSelect={() => onAsk('archive')}>
          Archive…
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem danger icon={<Trash2 aria-hidden />} onSelect={() => onAsk('delete')}>
        Delete…
      </MenuItem>
    </Menu>
  );
}

/** Each action, and what the last of them answered when it was refused. */
function useWorkspaceActions(workspace: WorkspaceView) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = {
    onSuccess: (next: WorkspaceView) => {
      queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), next);
      void queryClient.invalidateQueries({ queryKey: trpc.tasks.pathKey() });
    },
  };
  const all = {
    start: useMutation(trpc.workspaces.start.mutationOptions(options)),
    stop: useMutation(trpc.workspaces.stop.mutationOptions(options)),
    restart: useMutation(trpc.workspaces.restart.mutationOptions(options)),
    archive: useMutation(trpc.workspaces.archive.mutationOptions(options)),
    restore: useMutation(trpc.workspaces.restore.mutationOptions(options)),
    sync: useMutation(trpc.workspaces.sync.mutationOptions(options)),
  };
  const latest = Object.values(all).sort((one, other) => other.submittedAt - one.submittedAt)[0];
  return { ...all, error: latest?.error ?? null };
}
