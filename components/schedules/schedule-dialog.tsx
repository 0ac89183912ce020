'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { scheduleFieldsSchema, type ScheduleFields, type ScheduleView } from '@/contract/schedule';
import { PatternField } from '@/components/schedules/pattern-field';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput, TextArea, TextInput } from '@/components/ui/field';

/** Makes a schedule or changes one. */
export function ScheduleDialog({ editing, onClose }: { editing: ScheduleView | 'new' | null; onClose: () => void }) {
  return (
    <Dialog open={editing !== null} onClose={onClose} title={editing === null || editing === 'new' ? 'New schedule' : `Change ${editing.name}`} wide>
      {editing && <ScheduleForm schedule={editing === 'new' ? null : editing} onClose={onClose} />}
    </Dialog>
  );
}

interface Draft {
  workspaceId: string;
  name: string;
  prompt: string;
  pattern: string;
  timezone: string;
  startsWorkspace: boolean;
}

function draftOf(schedule: ScheduleView | null): Draft {
  if (schedule) return { ...schedule, workspaceId: schedule.workspace.id };
  return { workspaceId: '', name: '', prompt: '', pattern: '0 7 * * 1-5', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, startsWorkspace: true };
}

function ScheduleForm({ schedule, onClose }: { schedule: ScheduleView | null; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(schedule));
  const [problems, setProblems] = useState<Partial<Record<string, string>>>({});
  const save = useSaveSchedule(schedule, onClose);
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fields = scheduleFieldsSchema.safeParse({ ...kept(schedule), workspaceId: draft.workspaceId, name: draft.name, prompt: draft.prompt, pattern: draft.pattern, timezone: draft.timezone, startsWorkspace: draft.startsWorkspace });
    if (fields.success) return save.isPending || save.mutate(fields.data);
    setProblems(Object.fromEntries(fields.error.issues.map(({ path, message }) => [String(path[0]), path[0] === 'workspaceId' ? 'Choose a workspace.' : message])));
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label="Name" error={problems['name']}>
        {(control) => <TextInput {...control} autoFocus placeholder="Update dependencies" value={draft.name} onChange={(event) => change({ name: event.target.value })} />}
      </Field>
      {schedule === null && <WorkspaceField value={draft.workspaceId} error={problems['workspaceId']} onChange={(workspaceId) => change({ workspaceId })} />}
      <Field label="What should Claude do?" error={problems['prompt']}>
        {(control) => <TextArea {...control} rows={5} value={draft.prompt} onChange={(event) => change({ prompt: event.target.value })} />}
      </Field>
      <PatternField pattern={draft.pattern} timezone={draft.timezone} error={problems['pattern'] ?? problems['timezone']} onChange={change} />
      <div className="flex items-start gap-3 text-sm">
        <Checkbox label="Start the workspace for it" className="mt-0.5" checked={draft.startsWorkspace} onChange={(event) => change({ startsWorkspace: event.target.checked })} />
        <div>
          Start the workspace for it
          <p className="text-xs text-ink-faint">Where it is stopped when the time comes. Otherwise that time is left out.</p>
        </div>
      </div>
      {save.isError && <FailureNotice message={errorSentence(save.error)} kind={errorKind(save.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          {schedule ? 'Save schedule' : 'Create schedule'}
        </Button>
      </DialogFooter>
    </form>
  );
}

/** What the form does not ask for stays as it is. */
function kept(schedule: ScheduleView | null): Partial<ScheduleFields> {
  if (!schedule) return {};
  const { model, permissionMode, maxTurns, budgetUsd } = schedule;
  return { permissionMode, ...(model !== null && { model }), ...(maxTurns !== null && { maxTurns }), ...(budgetUsd !== null && { budgetUsd }) };
}

function WorkspaceField({ value, error, onChange }: { value: string; error: string | undefined; onChange: (id: string) => void }) {
  const trpc = useTRPC();
  const workspaces = useQuery(trpc.workspaces.list.queryOptions());
  return (
    <Field label="Workspace" error={error ?? (workspaces.isError ? errorSentence(workspaces.error) : undefined)}>
      {(control) => (
        <SelectInput {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="" disabled>
            {workspaces.isPending ? 'Loading…' : 'Choose one'}
          </option>
          {workspaces.data?.filter(({ status }) => status !== 'archived' && status !== 'deleting').map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}

function useSaveSchedule(schedule: ScheduleView | null, onSaved: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const create = useMutation(trpc.schedules.create.mutationOptions());
  const change = useMutation(trpc.schedules.change.mutationOptions());
  return useMutation({
    mutationFn: ({ workspaceId, ...fields }: ScheduleFields) => (schedule ? change.mutateAsync({ ...fields, scheduleId: schedule.id }) : create.mutateAsync({ ...fields, workspaceId })),
    onSuccess: onSaved,
    onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.schedules.list.queryKey() }),
  });
}
