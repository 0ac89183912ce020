'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { BookmarkPlus, History } from 'lucide-react';
import { useState } from 'react';
import type { CheckpointCause, CheckpointView } from '@/contract/checkpoint';
import type { WorkspaceView } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { count } from '@/components/ui/quantities';
import { exactTime, RelativeTime } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';

const causes: Record<CheckpointCause, string> = {
  stop: 'before it was stopped',
  restart: 'before it was restarted',
  delete: 'before it was deleted',
  archive: 'before it was archived',
  image: 'before its image changed',
  idle: 'before it was stopped for being idle',
  restore: 'before another one was restored',
  rebase: 'before a rebase',
  variant: 'before the files were put away',
  person: 'asked for',
};

/** The states of the files that are kept, and the way back to each. */
export function CheckpointsTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [restored, setRestored] = useState<CheckpointView | null>(null);
  const checkpoints = useQuery(trpc.checkpoints.list.queryOptions({ workspaceId: workspace.id }));
  const refresh = () => void queryClient.invalidateQueries({ queryKey: trpc.checkpoints.pathKey() });
  const take = useMutation(trpc.checkpoints.take.mutationOptions({ onSettled: refresh }));
  const isOn = workspace.status === 'running';
  return (
    <div className="pt-3">
      <Section
        title="Checkpoints"
        note="Files that are not committed, kept before every stop, restart, change of image and deletion. Restoring one keeps what is there now first."
        action={
          <Button size="small" disabled={!isOn} title={isOn ? undefined : 'The workspace must run for it.'} busy={take.isPending} icon={<BookmarkPlus aria-hidden className="size-3.5" />} onClick={() => take.mutate({ workspaceId: workspace.id })}>
            Take one now
          </Button>
        }
      >
        {take.isError && <FailureNotice message={errorSentence(take.error)} kind={errorKind(take.error)} />}
        {take.data && <Notice>{take.data.length === 0 ? 'Nothing differs from what is committed: there was nothing to keep.' : `Kept: ${take.data.map(treeName).join(', ')}.`}</Notice>}
        {restored && <Notice>Restored. What was there before is the newest checkpoint: {treeName(restored)}, {count(restored.changedFiles, 'file')}.</Notice>}
        <Loaded query={checkpoints} height="h-32">
          {(list) => (
            <Card>
              {list.length === 0 ? (
                <EmptyState icon={History} title="No checkpoints yet">
                  One is taken by itself whenever the workspace stops and something is not committed.
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((checkpoint) => (
                    <CheckpointRow key={checkpoint.id} checkpoint={checkpoint} canRestore={isOn} onRestored={setRestored} />
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Loaded>
        {!isOn && checkpoints.data && checkpoints.data.length > 0 && <p className="text-sm text-ink-soft">Start the workspace to restore one.</p>}
      </Section>
    </div>
  );
}

function treeName({ runNumber, runId, tree }: CheckpointView): string {
  if (runNumber !== null) return `run #${runNumber}`;
  if (runId) return 'a run that is gone';
  return tree === 'repo' ? 'repository' : tree.replace(/^repositories\//, '');
}

function CheckpointRow({ checkpoint, canRestore, onRestored }: { checkpoint: CheckpointView; canRestore: boolean; onRestored: (before: CheckpointView) => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm md:grid-cols-[7rem_minmax(0,1fr)_6rem_auto_auto]">
      <span className="font-medium">{capitalized(treeName(checkpoint))}</span>
      <span className="min-w-0 text-ink-soft max-md:col-span-2 max-md:row-start-2">
        Taken <RelativeTime date={checkpoint.createdAt} />, {causes[checkpoint.cause]}
      </span>
      <span className="text-ink-soft tabular-nums max-md:col-start-1">{count(checkpoint.changedFiles, 'file')}</span>
      <span className="flex items-center font-mono text-xs text-ink-faint max-md:hidden">
        {checkpoint.commit.slice(0, 10)}
        <CopyButton label="Copy the commit" text={checkpoint.commit} />
      </span>
      <Button size="small" disabled={!canRestore} onClick={() => setAsking(true)} className="max-md:col-start-2 max-md:row-start-1">
        Restore
      </Button>
      <Dialog open={asking} onClose={() => setAsking(false)} title="Restore this checkpoint?">
        <RestoreQuestion checkpoint={checkpoint} onClose={() => setAsking(false)} onRestored={onRestored} />
      </Dialog>
    </li>
  );
}

function RestoreQuestion({ checkpoint, onClose, onRestored }: { checkpoint: CheckpointView; onClose: () => void; onRestored: (before: CheckpointView) => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const restore = useMutation(
    trpc.checkpoints.restore.mutationOptions({
      onSuccess: (before) => {
        onRestored(before);
        onClose();
      },
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.checkpoints.pathKey() }),
    }),
  );
  return (
    <>
      <ul className="flex list-disc flex-col gap-1.5 pl-5 text-ink-soft">
        <li>
          The files of the {treeName(checkpoint)} become what they were {exactTime(checkpoint.createdAt)}: {count(checkpoint.changedFiles, 'file')} that {checkpoint.changedFiles === 1 ? 'was' : 'were'} not committed.
        </li>
        <li>What is there now is kept first, as a checkpoint of its own. Nothing is lost.</li>
        <li>Branches and commits stay as they are.</li>
      </ul>
      {restore.isError && <FailureNotice message={errorSentence(restore.error)} kind={errorKind(restore.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" busy={restore.isPending} onClick={() => restore.mutate({ workspaceId: checkpoint.workspaceId, checkpointId: checkpoint.id })}>
          Restore the files
        </Button>
      </div>
    </>
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
