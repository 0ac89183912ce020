'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { setAlertChannelInput, type AlertChannelView } from '@/contract/alert';
import { emailDraftOf, emailInputOf, securityWords, usualPorts, type EmailDraft } from '@/components/alerts/email-draft';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput, TextArea, TextInput } from '@/components/ui/field';

interface EmailDialogProps {
  view: AlertChannelView;
  open: boolean;
  onClose: () => void;
}

/** The SMTP server, who the messages come from and who gets them. */
export function EmailDialog({ view, open, onClose }: EmailDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="E-mail alerts">
      <EmailForm view={view} onClose={onClose} />
    </Dialog>
  );
}

function EmailForm({ view, onClose }: Omit<EmailDialogProps, 'open'>) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(() => emailDraftOf(view.settings));
  const [problems, setProblems] = useState<Problems>({});
  const save = useMutation(
    trpc.alerts.setChannel.mutationOptions({
      onSuccess: (views) => {
        queryClient.setQueryData(trpc.alerts.channels.queryKey(), views);
        onClose();
      },
    }),
  );
  const set = (change: Partial<EmailDraft>) => {
    setDraft({ ...draft, ...change });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = emailInputOf(draft);
    const input = setAlertChannelInput.safeParse(given);
    setProblems(input.success ? {} : problemsOf(input.error, given.to));
    if (input.success && !save.isPending) save.mutate(input.data);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <ServerFields draft={draft} problems={problems} hasPassword={view.hasSecret} set={set} />
      <Field label="From" error={problems['from']}>
        {(control) => <TextInput {...control} type="email" placeholder="anyon@example.com" value={draft.from} onChange={(event) => set({ from: event.target.value })} />}
      </Field>
      <Field label="To" hint="One address on each line." error={problems['to']}>
        {(control) => <TextArea {...control} rows={2} spellCheck={false} value={draft.to} onChange={(event) => set({ to: event.target.value })} />}
      </Field>
      {save.isError && <FailureNotice message={errorSentence(save.error)} kind={errorKind(save.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          Save and switch on
        </Button>
      </DialogFooter>
    </form>
  );
}

function ServerFields({ draft, problems, hasPassword, set }: { draft: EmailDraft; problems: Problems; hasPassword: boolean; set: (change: Partial<EmailDraft>) => void }) {
  return (
    <>
      <div className="grid items-start gap-3 sm:grid-cols-[minmax(0,1fr)_10rem_5rem]">
        <Field label="SMTP server" error={problems['host']}>
          {(control) => <TextInput {...control} placeholder="smtp.example.com" value={draft.host} onChange={(event) => set({ host: event.target.value })} />}
        </Field>
        <Field label="Encryption" error={problems['security']}>
          {(control) => (
            <SelectInput {...control} value={draft.security} onChange={({ target }) => set({ security: target.value as EmailDraft['security'], port: usualPorts[target.value as EmailDraft['security']] })}>
              {Object.entries(securityWords).map(([value, word]) => (
                <option key={value} value={value}>
                  {word}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        <Field label="Port" error={problems['port']}>
          {(control) => <TextInput {...control} inputMode="numeric" value={draft.port} onChange={(event) => set({ port: event.target.value })} />}
        </Field>
      </div>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <Field label="User name" optional error={problems['username']}>
          {(control) => <TextInput {...control} value={draft.username} onChange={(event) => set({ username: event.target.value })} />}
        </Field>
        <Field label="Password" optional hint={hasPassword ? 'Left empty, the stored one stays.' : undefined} error={problems['password']}>
          {(control) => <TextInput {...control} type="password" autoComplete="off" value={draft.password} onChange={(event) => set({ password: event.target.value })} />}
        </Field>
      </div>
    </>
  );
}
