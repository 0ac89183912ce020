'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { connectClaudeInput, type ClaudeMethod } from '@/contract/connection';
import { claudeAccountFields, type AccountField } from '@/components/connections/claude-account-fields';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextArea, TextInput } from '@/components/ui/field';

type AccountMethod = Exclude<ClaudeMethod, 'subscription'>;

/** Takes what the account needs. It is tried by a real call before it is kept; what was typed goes with the dialog. */
export function ClaudeAccountForm({ method, onClose }: { method: AccountMethod; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Record<string, string>>({});
  const [problems, setProblems] = useState<Problems>({});
  const connect = useMutation(
    trpc.connections.claude.connect.mutationOptions({
      gcTime: 0, // else the secret stays in the cache of mutations
      onSuccess: (next) => {
        queryClient.setQueryData(trpc.connections.claude.current.queryKey(), next);
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fields = claudeAccountFields[method];
    const input = connectClaudeInput.safeParse({ method, ...Object.fromEntries(fields.map(({ name }) => [name, draft[name] ?? ''])) });
    setProblems(input.success ? {} : problemsOf(input.error));
    if (input.success && !connect.isPending) connect.mutate(input.data);
  };
  const change = (name: string, value: string) => {
    setDraft({ ...draft, [name]: value });
    setProblems({});
  };
  return (
    <form noValidate autoComplete="off" onSubmit={submit} className="flex flex-col gap-4">
      {claudeAccountFields[method].map((field) => (
        <AccountInput key={field.name} field={field} value={draft[field.name] ?? ''} problem={problems[field.name]} onChange={(value) => change(field.name, value)} />
      ))}
      <p role="status" className="text-sm text-ink-soft">
        {connect.isPending ? 'Claude is being asked one small question. This can take a minute.' : 'It is tried with one small question to Claude, stored encrypted, and never shown again.'}
      </p>
      {connect.isError && <FailureNotice message={errorSentence(connect.error)} kind={errorKind(connect.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={connect.isPending}>
          Try and connect
        </Button>
      </DialogFooter>
    </form>
  );
}

function AccountInput({ field, value, problem, onChange }: { field: AccountField; value: string; problem: string | undefined; onChange: (value: string) => void }) {
  const { label, hint, placeholder, kind } = field;
  return (
    <Field label={label} error={problem} hint={hint}>
      {(control) =>
        kind === 'file' ? (
          <TextArea {...control} rows={5} autoComplete="off" spellCheck={false} className="font-mono text-xs" placeholder={placeholder} value={value} onChange={(event) => onChange(event.target.value)} />
        ) : (
          <TextInput {...control} type={kind === 'secret' ? 'password' : 'text'} className={kind === 'secret' ? 'font-mono' : undefined} placeholder={placeholder} value={value} onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  );
}
