'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { setAlertChannelInput, type AlertChannelView } from '@/contract/alert';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';

const words = {
  slack: { title: 'Slack', field: 'webhookUrl', label: 'Address of the webhook', placeholder: 'https://hooks.slack.com/services/…', hint: 'In Slack: your app, Incoming Webhooks, Add New Webhook. Whoever has it can post there, so it is kept as a secret.' },
  sentry: { title: 'Sentry', field: 'dsn', label: 'DSN', placeholder: 'https://…@….ingest.sentry.io/…', hint: 'In Sentry: the project’s settings, Client Keys (DSN).' },
} as const;

interface ChannelDialogProps {
  view: AlertChannelView;
  open: boolean;
  onClose: () => void;
}

/** Slack and Sentry are one secret address each. */
export function SecretChannelDialog({ view, open, onClose }: ChannelDialogProps) {
  const { title } = words[view.channel === 'sentry' ? 'sentry' : 'slack'];
  return (
    <Dialog open={open} onClose={onClose} title={`${title} alerts`}>
      <SecretForm view={view} onClose={onClose} />
    </Dialog>
  );
}

function SecretForm({ view, onClose }: Omit<ChannelDialogProps, 'open'>) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const channel = view.channel === 'sentry' ? 'sentry' : 'slack';
  const { field, label, placeholder, hint } = words[channel];
  const [value, setValue] = useState('');
  const [problems, setProblems] = useState<Problems>({});
  const save = useMutation(
    trpc.alerts.setChannel.mutationOptions({
      onSuccess: (views) => {
        queryClient.setQueryData(trpc.alerts.channels.queryKey(), views);
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = setAlertChannelInput.safeParse({ channel, enabled: true, [field]: value.trim() });
    setProblems(input.success ? {} : problemsOf(input.error));
    if (input.success && !save.isPending) save.mutate(input.data);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Field label={label} hint={view.hasSecret ? `The new one takes the place of the stored one. ${hint}` : hint} error={problems[field]}>
        {(control) => <TextInput {...control} type="password" autoComplete="off" placeholder={placeholder} value={value} onChange={(event) => setValue(event.target.value)} />}
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
