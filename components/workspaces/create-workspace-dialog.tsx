'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState, type FormEvent } from 'react';
import { repositoryName, repositoryUrlSchema } from '@/contract/repository';
import type { InstallSettings } from '@/contract/system-status';
import { SizeFields } from '@/components/settings/limits-fields';
import type { Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput, TextInput } from '@/components/ui/field';
import { AdvancedFields } from '@/components/workspaces/advanced-fields';
import { BranchField } from '@/components/workspaces/branch-field';
import { emptyDraft, readCreateDraft, withSettings, withTemplate, type CreateDraft } from '@/components/workspaces/create-draft';
import { RepositoryField } from '@/components/workspaces/repository-field';

/** Asks for what a workspace needs; only the repository is required. Goes to the new workspace, which shows its start. */
export function CreateWorkspaceDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="New workspace" wide>
      <CreateWorkspaceForm onClose={onClose} />
    </Dialog>
  );
}

function CreateWorkspaceForm({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<CreateDraft>(emptyDraft);
  const [problems, setProblems] = useState<Problems>({});
  const create = useMutation(
    trpc.workspaces.create.mutationOptions({
      onSuccess: (workspace) => {
        queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId: workspace.id }), workspace);
        router.push(`/workspaces/${workspace.id}`);
      },
    }),
  );
  const change = (next: CreateDraft) => {
    setDraft(next);
    setProblems({});
    create.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    const checked = readCreateDraft(draft);
    setProblems(checked.problems);
    if (checked.input) create.mutate(checked.input);
  };
  const settings = { draft: draft.settings, problems, set: (part: Partial<CreateDraft['settings']>) => change(withSettings(draft, part)) };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <WhatFields draft={draft} problems={problems} change={change} />
      <TemplateField draft={draft} change={change} />
      <SizeFields {...settings} />
      <AdvancedFields settings={settings} draft={draft} change={change} />
      {create.isError && <FailureNotice message={errorSentence(create.error)} kind={errorKind(create.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending || create.isSuccess}>
          Create workspace
        </Button>
      </DialogFooter>
    </form>
  );
}

interface DraftProps {
  draft: CreateDraft;
  change: (next: CreateDraft) => void;
}

function WhatFields({ draft, problems, change }: DraftProps & { problems: Problems }) {
  return (
    <>
      <RepositoryField
        value={draft.repositoryUrl}
        error={problems['repositoryUrl']}
        onText={(repositoryUrl) => change({ ...draft, repositoryUrl })}
        onChoose={({ cloneUrl, defaultBranch }) => change({ ...draft, repositoryUrl: cloneUrl, branch: defaultBranch })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <BranchField repositoryUrl={draft.repositoryUrl} value={draft.branch} error={problems['branch']} onText={(branch) => change({ ...draft, branch })} />
        <Field label="Name" optional error={problems['name']}>
          {(control) => <TextInput {...control} name="name" placeholder={suggestedName(draft.repositoryUrl)} value={draft.name} onChange={(event) => change({ ...draft, name: event.target.value })} />}
        </Field>
      </div>
    </>
  );
}

/** Only where there are templates. */
function TemplateField({ draft, change }: DraftProps) {
  const trpc = useTRPC();
  const templates = useQuery(trpc.templates.list.queryOptions());
  const install = useQuery(trpc.system.status.queryOptions(undefined, { staleTime: 60_000 })).data?.install;
  if (!templates.data || templates.data.length === 0) return null;
  const chosen = templates.data.find(({ id }) => id === draft.templateId);
  return (
    <Field label="Template" hint={chosen ? chosen.description || 'What you change below replaces what the template says.' : 'Limits, image and further settings that the administrators have prepared.'}>
      {(control) => (
        <SelectInput {...control} name="template" value={draft.templateId} onChange={(event) => change(withTemplate(draft, templates.data.find(({ id }) => id === event.target.value), ofInstall(install)))}>
          <option value="">none</option>
          {templates.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}

function ofInstall(install: InstallSettings | undefined) {
  return install ? { egress: { level: install.egressLevel, hosts: [] }, idleStopMinutes: install.idleStopMinutes } : {};
}

function suggestedName(repositoryUrl: string): string {
  return repositoryUrlSchema.safeParse(repositoryUrl).success ? repositoryName(repositoryUrl.trim()) : 'name of the repository';
}
