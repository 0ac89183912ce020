'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';
import { repositoryName, repositoryUrlSchema } from '@/contract/repository';
import { createWorkspaceInput, type CreateWorkspaceInput } from '@/contract/workspace';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput, TextInput } from '@/components/ui/field';

const memorySizes = [1, 2, 4, 8, 16];
const cpuCounts = [0.5, 1, 2, 4, 8];
const gib = 1024 ** 3;

interface Draft {
  repositoryUrl: string;
  branch: string;
  name: string;
  memory: number;
  cpus: number;
}

type Problems = Partial<Record<'repositoryUrl' | 'branch' | 'name' | 'limits', string>>;

/** Asks for what a workspace needs; only the repository is required. Goes to the new workspace, which shows its start. */
export function CreateWorkspaceDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="New workspace">
      <CreateWorkspaceForm onClose={onClose} />
    </Dialog>
  );
}

function CreateWorkspaceForm({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ repositoryUrl: '', branch: '', name: '', memory: 4, cpus: 2 });
  const [problems, setProblems] = useState<Problems>({});
  const create = useMutation(
    trpc.workspaces.create.mutationOptions({
      onSuccess: (workspace) => {
        queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), workspace);
        router.push(`/workspaces/${workspace.id}`);
      },
    }),
  );
  const set = (change: Partial<Draft>) => {
    setDraft({ ...draft, ...change });
    setProblems({});
    create.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    const checked = check(draft);
    setProblems(checked.problems);
    if (checked.input) create.mutate(checked.input);
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <WorkspaceFields draft={draft} problems={problems} set={set} />
      {create.isError && <FailureNotice message={errorSentence(create.error)} kind={errorKind(create.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending || create.isSuccess}>
          Create workspace
        </Button>
      </div>
    </form>
  );
}

function WorkspaceFields({ draft, problems, set }: { draft: Draft; problems: Problems; set: (change: Partial<Draft>) => void }) {
  return (
    <>
      <Field label="Repository" error={problems.repositoryUrl} hint="The https:// address of a git repository.">
        {(control) => <TextInput {...control} name="repositoryUrl" autoFocus inputMode="url" placeholder="https://github.com/owner/repository" value={draft.repositoryUrl} onChange={(event) => set({ repositoryUrl: event.target.value })} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Branch" optional error={problems.branch}>
          {(control) => <TextInput {...control} name="branch" placeholder="default branch" value={draft.branch} onChange={(event) => set({ branch: event.target.value })} />}
        </Field>
        <Field label="Name" optional error={problems.name}>
          {(control) => <TextInput {...control} name="name" placeholder={suggestedName(draft.repositoryUrl)} value={draft.name} onChange={(event) => set({ name: event.target.value })} />}
        </Field>
        <Field label="Memory" error={problems.limits}>
          {(control) => (
            <SelectInput {...control} name="memory" value={draft.memory} onChange={(event) => set({ memory: Number(event.target.value) })}>
              {memorySizes.map((size) => (
                <option key={size} value={size}>{`${size} GiB`}</option>
              ))}
            </SelectInput>
          )}
        </Field>
        <Field label="CPU">
          {(control) => (
            <SelectInput {...control} name="cpus" value={draft.cpus} onChange={(event) => set({ cpus: Number(event.target.value) })}>
              {cpuCounts.map((count) => (
                <option key={count} value={count}>{`${count} ${count === 1 ? 'core' : 'cores'}`}</option>
              ))}
            </SelectInput>
          )}
        </Field>
      </div>
    </>
  );
}

function check(draft: Draft): { input: CreateWorkspaceInput | null; problems: Problems } {
  const result = createWorkspaceInput.safeParse({
    repositoryUrl: draft.repositoryUrl,
    branch: draft.branch.trim() || undefined,
    name: draft.name.trim() || undefined,
    limits: { memoryBytes: draft.memory * gib, cpus: draft.cpus },
  });
  if (result.success) return { input: result.data, problems: {} };
  const problems: Problems = {};
  for (const issue of result.error.issues) problems[issue.path[0] as keyof Problems] ??= issue.message;
  return { input: null, problems };
}

function suggestedName(repositoryUrl: string): string {
  return repositoryUrlSchema.safeParse(repositoryUrl).success ? repositoryName(repositoryUrl.trim()) : 'name of the repository';
}
