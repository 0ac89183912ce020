'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { workspaceNameSchema, type WorkspaceView } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';
import { WhatDeletingDoes } from '@/components/workspaces/what-deleting-does';

interface QuestionProps {
  workspace: WorkspaceView;
  open: boolean;
  onClose: () => void;
}

/** Asked before stopping or restarting a workspace in which runs are on. */
export function EndsRunsDialog({ action, workspace, open, onClose, onYes }: QuestionProps & { action: 'stop' | 'restart'; onYes: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={`${action === 'stop' ? 'Stop' : 'Restart'} ${workspace.name}?`}>
      <p className="text-ink-soft">
        <span className="font-medium text-state-failed">{runsThatEnd(workspace.activeRuns)}</span> What is not committed is kept first, as a checkpoint. {action === 'stop' ? 'The files stay, and you can start the workspace again.' : 'The files stay.'}
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it running</Button>
        <Button
          variant="danger"
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          {action === 'stop' ? 'Stop the workspace' : 'Restart the workspace'}
        </Button>
      </div>
    </Dialog>
  );
}

export function ArchiveDialog({ workspace, open, onClose, onYes }: QuestionProps & { onYes: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={`Archive ${workspace.name}?`}>
      <ul className="flex list-disc flex-col gap-1 pl-5 text-ink-soft">
        {workspace.activeRuns > 0 && <li className="font-medium text-state-failed">{runsThatEnd(workspace.activeRuns)}</li>}
        <li>Its container is removed and takes no memory. Files, runs and settings stay.</li>
        <li>It leaves the list; the filter “Archived” shows it. Restore it whenever you want to go on.</li>
      </ul>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          Archive the workspace
        </Button>
      </div>
    </Dialog>
  );
}

export function DuplicateDialog({ workspace, open, onClose }: QuestionProps) {
  return (
    <Dialog open={open} onClose={onClose} title={`Duplicate ${workspace.name}`}>
      <DuplicateForm workspace={workspace} onClose={onClose} />
    </Dialog>
  );
}

function DuplicateForm({ workspace, onClose }: { workspace: WorkspaceView; onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const duplicate = useMutation(
    trpc.workspaces.duplicate.mutationOptions({
      onSuccess: (copy) => {
        queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: copy.id }), copy);
        onClose();
        router.push(`/workspaces/${copy.id}`);
      },
    }),
  );
  const checked = workspaceNameSchema.optional().safeParse(name.trim() || undefined);
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (checked.success && !duplicate.isPending) duplicate.mutate({ workspaceId: workspace.id, ...(checked.data && { name: checked.data }) });
      }}
    >
      <p className="text-ink-soft">A new workspace with the same repositories and settings, freshly cloned. The work in this one does not come along.</p>
      <Field label="Name" optional error={checked.success ? undefined : checked.error.issues[0]?.message}>
        {(control) => <TextInput {...control} autoFocus placeholder={`${workspace.name} copy`} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {duplicate.isError && <FailureNotice message={errorSentence(duplicate.error)} kind={errorKind(duplicate.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={duplicate.isPending || duplicate.isSuccess}>
          Duplicate
        </Button>
      </div>
    </form>
  );
}

export function DeleteDialog({ workspace, open, onClose }: QuestionProps) {
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
      <ul className="flex list-disc flex-col gap-1.5 pl-5 text-ink-soft">
        {workspace.activeRuns > 0 && <li className="font-medium text-state-failed">{runsThatEnd(workspace.activeRuns)}</li>}
        <WhatDeletingDoes many={false} />
      </ul>
      {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={remove.isPending || remove.isSuccess} onClick={() => remove.mutate({ workspaceId: workspace.id })}>
          Delete the workspace
        </Button>
      </div>
    </Dialog>
  );
}

function runsThatEnd(count: number): string {
  return count === 1 ? 'The run that is on ends.' : `The ${count} runs that are on end.`;
}
