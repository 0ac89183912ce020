'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import type { BatchAction } from '@/contract/batch';
import type { ListedWorkspace } from '@/contract/workspace';
import { actionWords, affectedBy } from '@/components/batches/batch-words';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { count } from '@/components/ui/quantities';
import { WhatDeletingDoes } from '@/components/workspaces/what-deleting-does';

interface StartBatchDialogProps {
  /** Null: closed. */
  action: BatchAction | null;
  workspaces: ListedWorkspace[];
  onClose: () => void;
  onStarted: () => void;
}

const most = 500;

/** Says what a batch will do to whom, starts it, and goes to its page. */
export function StartBatchDialog({ action, workspaces, onClose, onStarted }: StartBatchDialogProps) {
  return (
    <Dialog open={action !== null} onClose={onClose} title={action ? `${actionWords[action].verb} ${count(affectedBy(action, workspaces).length, 'workspace')}?` : ''}>
      {action && <Question action={action} workspaces={workspaces} onClose={onClose} onStarted={onStarted} />}
    </Dialog>
  );
}

function Question({ action, workspaces, onClose, onStarted }: StartBatchDialogProps & { action: BatchAction }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const start = useMutation(
    trpc.batches.start.mutationOptions({
      onSuccess: ({ batchId }) => {
        void queryClient.invalidateQueries({ queryKey: trpc.batches.list.queryKey() });
        onStarted();
        router.push(`/batches/${batchId}`);
      },
    }),
  );
  const affected = affectedBy(action, workspaces);
  const left = workspaces.length - affected.length;
  const words = actionWords[action];
  return (
    <>
      <ul className="flex list-disc flex-col gap-1.5 pl-5 text-ink-soft">
        {action !== 'start' && <RunsThatEnd workspaces={affected} />}
        {action === 'start' && <li>Those for which there is no memory yet wait for it, and say so.</li>}
        {(action === 'stop' || action === 'restart') && <li>What is not committed is kept first, as a checkpoint that can be restored by a click.</li>}
        {action === 'delete' && <WhatDeletingDoes many={affected.length > 1} />}
        {left > 0 && (
          <li>
            {left === 1 ? 'One of those chosen is' : `${left} of those chosen are`} {words.already}: nothing is done there.
          </li>
        )}
      </ul>
      <Names workspaces={affected} />
      {affected.length > most && <p className="text-state-failed">A batch has at most {most} workspaces. Narrow the filter.</p>}
      {start.isError && <FailureNotice message={errorSentence(start.error)} kind={errorKind(start.error)} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant={action === 'stop' || action === 'delete' ? 'danger' : 'primary'}
          autoFocus={action !== 'delete'}
          disabled={affected.length === 0 || affected.length > most}
          busy={start.isPending || start.isSuccess}
          onClick={() => start.mutate({ action, selection: { workspaceIds: affected.map(({ id }) => id) } })}
        >
          {words.verb} {count(affected.length, 'workspace')}
        </Button>
      </div>
    </>
  );
}

function RunsThatEnd({ workspaces }: { workspaces: ListedWorkspace[] }) {
  const busy = workspaces.filter(({ activeRuns }) => activeRuns > 0);
  const runs = busy.reduce((sum, { activeRuns }) => sum + activeRuns, 0);
  if (runs === 0) return <li>No run is on in them.</li>;
  const named = busy.slice(0, 3).map(({ name }) => name);
  const more = busy.length - named.length;
  return (
    <li className="font-medium text-state-failed">
      {runs === 1 ? 'The run that is on ends' : `The ${runs} runs that are on end`}: in {named.join(', ')}
      {more > 0 && ` and ${more} more`}.
    </li>
  );
}

function Names({ workspaces }: { workspaces: ListedWorkspace[] }) {
  if (workspaces.length === 0) return <p className="text-ink-soft">There is nothing to do for those that are chosen.</p>;
  return (
    <ul aria-label="Affected workspaces" tabIndex={0} className="flex max-h-32 flex-wrap gap-1 overflow-y-auto rounded-md bg-sunken p-2 text-xs">
      {workspaces.map(({ id, name }) => (
        <li key={id} className="max-w-full truncate rounded border border-line bg-surface px-1.5 py-0.5">
          {name}
        </li>
      ))}
    </ul>
  );
}
