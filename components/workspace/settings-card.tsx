'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useState, type FormEvent, type ReactNode } from 'react';
import type { ChangeWorkspaceInput, WorkspaceView } from '@/contract/workspace';
import type { FieldsProps } from '@/components/settings/fields-props';
import { draftOf, readDraft, type Problems, type Settings, type SettingsDraft } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Saves a change of a workspace; what the server answers is shown at once. */
export function useChangeWorkspace(workspaceId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.workspaces.change.mutationOptions({
      onSuccess: (next) => queryClient.setQueryData(trpc.workspaces.byId.queryKey({ workspaceId }), next),
      onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.workspaces.list.queryKey() }),
    }),
  );
}

interface CardFrameProps {
  title: string;
  /** When what is saved takes effect. */
  applies: string;
  dirty: boolean;
  saved: boolean;
  busy: boolean;
  failure: unknown;
  onSave: () => void;
  children: ReactNode;
}

/** A group of settings with its own Save. */
export function CardFrame({ title, applies, dirty, saved, busy, failure, onSave, children }: CardFrameProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (dirty && !busy) onSave();
  };
  return (
    <form noValidate onSubmit={submit} aria-label={title} className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex flex-col gap-4 p-4">
        <h3 className="font-semibold">{title}</h3>
        {children}
        {failure !== null && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
      </div>
      <footer className="flex min-h-12 items-center justify-between gap-3 border-t border-line bg-sunken px-4 py-2">
        <p className="min-w-0 text-sm text-ink-soft">{applies}</p>
        <span className="flex shrink-0 items-center gap-3">
          {saved && !dirty && (
            <span role="status" className="inline-flex items-center gap-1 text-sm text-state-succeeded">
              <Check aria-hidden className="size-4" />
              Saved
            </span>
          )}
          <Button type="submit" size="small" variant={dirty ? 'primary' : 'plain'} disabled={!dirty} busy={busy}>
            Save
          </Button>
        </span>
      </footer>
    </form>
  );
}

interface SettingsCardProps {
  workspace: WorkspaceView;
  title: string;
  applies: string;
  /** What of the settings this card saves. */
  part: (settings: Settings) => Omit<ChangeWorkspaceInput, 'workspaceId'>;
  fields: (props: FieldsProps) => ReactNode;
}

/** A card over some fields of the common settings. What others change meanwhile is shown as long as nothing was touched here. */
export function SettingsCard({ workspace, title, applies, part, fields }: SettingsCardProps) {
  const [edited, setEdited] = useState<SettingsDraft | null>(null);
  const [problems, setProblems] = useState<Problems>({});
  const change = useChangeWorkspace(workspace.id);
  const stored = draftOf(workspace);
  const draft = edited ?? stored;
  const dirty = edited !== null && (Object.keys(stored) as (keyof SettingsDraft)[]).some((field) => edited[field] !== stored[field]);
  const set = (next: Partial<SettingsDraft>) => {
    setEdited({ ...draft, ...next });
    setProblems({});
    if (!change.isPending) change.reset();
  };
  const save = () => {
    const checked = readDraft(draft);
    setProblems(checked.problems);
    if (checked.settings) change.mutate({ workspaceId: workspace.id, ...part(checked.settings) }, { onSuccess: () => setEdited(null) });
  };
  return (
    <CardFrame title={title} applies={applies} dirty={dirty} saved={change.isSuccess} busy={change.isPending} failure={change.error} onSave={save}>
      {fields({ draft, problems, set })}
    </CardFrame>
  );
}
