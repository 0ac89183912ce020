'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { templateFieldsSchema, type TemplateFields, type TemplateView } from '@/contract/template';
import { EgressFields } from '@/components/settings/egress-fields';
import { MoreLimitsFields, SizeFields } from '@/components/settings/limits-fields';
import { IdleStopField, ImageField, SetupScriptField } from '@/components/settings/plain-fields';
import { RecoveryFields } from '@/components/settings/recovery-fields';
import { draftOf, plainSettings, problemsOf, readDraft, type Problems, type SettingsDraft } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextArea, TextInput } from '@/components/ui/field';

/** Makes a template or changes one. */
export function TemplateDialog({ editing, onClose }: { editing: TemplateView | 'new' | null; onClose: () => void }) {
  return (
    <Dialog open={editing !== null} onClose={onClose} title={editing === 'new' || editing === null ? 'New template' : `Change ${editing.name}`} wide>
      {editing && <TemplateForm template={editing === 'new' ? null : editing} onClose={onClose} />}
    </Dialog>
  );
}

interface TemplateDraft {
  name: string;
  description: string;
  settings: SettingsDraft;
}

function TemplateForm({ template, onClose }: { template: TemplateView | null; onClose: () => void }) {
  const trpc = useTRPC();
  const install = useQuery(trpc.system.status.queryOptions(undefined, { staleTime: 60_000 })).data?.install;
  const [draft, setDraft] = useState<TemplateDraft>(() => ({ name: template?.name ?? '', description: template?.description ?? '', settings: draftOf(template ?? plainSettings) }));
  const [problems, setProblems] = useState<Problems>({});
  const save = useSaveTemplate(template, onClose);
  const change = (part: Partial<TemplateDraft>) => {
    setDraft({ ...draft, ...part });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const checked = readTemplate(draft);
    setProblems(checked.problems);
    if (checked.fields && !save.isPending) save.mutate(checked.fields);
  };
  const settings = { draft: draft.settings, problems, set: (part: Partial<SettingsDraft>) => change({ settings: { ...draft.settings, ...part } }) };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label="Name" error={problems['name']}>
        {(control) => <TextInput {...control} autoFocus value={draft.name} onChange={(event) => change({ name: event.target.value })} />}
      </Field>
      <Field label="Description" optional error={problems['description']}>
        {(control) => <TextArea {...control} rows={2} value={draft.description} onChange={(event) => change({ description: event.target.value })} />}
      </Field>
      <SizeFields {...settings} />
      <MoreLimitsFields {...settings} />
      <EgressFields {...settings} />
      <ImageField {...settings} installImage={install?.image} />
      <SetupScriptField {...settings} />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">Recovery</legend>
        <RecoveryFields {...settings} />
      </fieldset>
      <IdleStopField {...settings} />
      {save.isError && <FailureNotice message={errorSentence(save.error)} kind={errorKind(save.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {template ? 'Save template' : 'Create template'}
        </Button>
      </DialogFooter>
    </form>
  );
}

function useSaveTemplate(template: TemplateView | null, onSaved: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const create = useMutation(trpc.templates.create.mutationOptions());
  const change = useMutation(trpc.templates.change.mutationOptions());
  return useMutation({
    mutationFn: (fields: TemplateFields) => (template ? change.mutateAsync({ ...fields, templateId: template.id }) : create.mutateAsync(fields)),
    onSuccess: onSaved,
    onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.templates.list.queryKey() }),
  });
}

function readTemplate(draft: TemplateDraft): { fields: TemplateFields | null; problems: Problems } {
  const { settings, problems } = readDraft(draft.settings);
  const words = templateFieldsSchema.pick({ name: true, description: true }).safeParse(draft);
  if (settings && words.success) return { fields: { ...settings, ...words.data }, problems: {} };
  return { fields: null, problems: { ...problems, ...(words.error && problemsOf(words.error)) } };
}
