'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { alertSettingsSchema, type AlertSettings } from '@/contract/alert';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput, TextInput } from '@/components/ui/field';

const usual = () => ({ from: '22:00', to: '07:00', timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone });

/** The quiet time, and how often a matter that goes on is told again. */
export function AlertSettingsForm({ settings }: { settings: AlertSettings }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [quiet, setQuiet] = useState(settings.quiet);
  const [repeat, setRepeat] = useState(String(settings.repeatAfterMinutes));
  const [problems, setProblems] = useState<Problems>({});
  const save = useMutation(trpc.alerts.setSettings.mutationOptions({ onSuccess: (saved) => queryClient.setQueryData(trpc.alerts.settings.queryKey(), saved) }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = alertSettingsSchema.safeParse({ quiet, repeatAfterMinutes: repeat.trim() === '' ? Number.NaN : Number(repeat) });
    setProblems(input.success ? {} : problemsOf(input.error));
    if (input.success && !save.isPending) save.mutate(input.data);
  };
  return (
    <form noValidate onSubmit={submit} aria-label="When alerts are sent" className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4">
      <div className="grid items-start gap-3 sm:grid-cols-[10rem_7rem_7rem_minmax(0,1fr)]">
        <Field label="Quiet time" hint="Only new errors go out; the rest follows in one message when it ends.">
          {(control) => (
            <SelectInput {...control} value={quiet ? 'on' : 'off'} onChange={(event) => setQuiet(event.target.value === 'on' ? usual() : null)}>
              <option value="off">None</option>
              <option value="on">Every night</option>
            </SelectInput>
          )}
        </Field>
        {quiet && <QuietFields quiet={quiet} problems={problems} set={setQuiet} />}
      </div>
      <div className="max-w-xs">
        <Field label="Tell again after (minutes)" hint="While a matter is open it is counted, and told again only after this long." error={problems['repeatAfterMinutes']}>
          {(control) => <TextInput {...control} inputMode="numeric" value={repeat} onChange={(event) => setRepeat(event.target.value)} />}
        </Field>
      </div>
      {save.isError && <FailureNotice message={errorSentence(save.error)} kind={errorKind(save.error)} />}
      <div className="flex items-center gap-3">
        <Button type="submit" busy={save.isPending}>
          Save
        </Button>
        {save.isSuccess && (
          <span role="status" className="text-sm text-ink-soft">
            Saved.
          </span>
        )}
      </div>
    </form>
  );
}

function QuietFields({ quiet, problems, set }: { quiet: NonNullable<AlertSettings['quiet']>; problems: Problems; set: (quiet: AlertSettings['quiet']) => void }) {
  return (
    <>
      <Field label="From" error={problems['quiet.from']}>
        {(control) => <TextInput {...control} type="time" value={quiet.from} onChange={(event) => set({ ...quiet, from: event.target.value })} />}
      </Field>
      <Field label="To" error={problems['quiet.to']}>
        {(control) => <TextInput {...control} type="time" value={quiet.to} onChange={(event) => set({ ...quiet, to: event.target.value })} />}
      </Field>
      <Field label="Time zone" error={problems['quiet.timeZone']}>
        {(control) => (
          <SelectInput {...control} value={quiet.timeZone} onChange={(event) => set({ ...quiet, timeZone: event.target.value })}>
            {[...new Set([quiet.timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])].map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </SelectInput>
        )}
      </Field>
    </>
  );
}
