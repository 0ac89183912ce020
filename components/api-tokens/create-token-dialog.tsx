'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { createApiTokenInput, DEFAULT_TOKEN_DAYS, tokenScopes, type TokenScope } from '@/contract/api-token';
import { scopeWords } from '@/components/api-tokens/scope-words';
import { ShownOnce } from '@/components/api-tokens/shown-once';
import { problemsOf, type Problems } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, SelectInput, TextInput } from '@/components/ui/field';

const lifetimes = [7, 30, 90, 180, 365];

/** Makes a token and shows its value, which goes with the dialog. */
export function CreateTokenDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Create an API token">
      {open && <CreateTokenForm onClose={onClose} />}
    </Dialog>
  );
}

interface Draft {
  name: string;
  scopes: readonly TokenScope[];
  expiresInDays: number;
}

function CreateTokenForm({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ name: '', scopes: ['read'], expiresInDays: DEFAULT_TOKEN_DAYS });
  const [problems, setProblems] = useState<Problems>({});
  const create = useMutation(trpc.apiTokens.create.mutationOptions({ gcTime: 0, onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.apiTokens.pathKey() }) }));
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = createApiTokenInput.safeParse(draft);
    setProblems(input.success ? {} : problemsOf(input.error));
    if (input.success && !create.isPending) create.mutate(input.data);
  };
  if (create.data) return <ShownOnce {...create.data} onClose={onClose} />;
  return (
    <form noValidate autoComplete="off" onSubmit={submit} className="flex flex-col gap-4">
      <Field label="Name" error={problems['name']} hint="What it is for, so that you know which one to revoke.">
        {(control) => <TextInput {...control} autoFocus placeholder="Nightly checks" value={draft.name} onChange={(event) => change({ name: event.target.value })} />}
      </Field>
      <ScopeChoice chosen={draft.scopes} error={problems['scopes']} onChange={(scopes) => change({ scopes })} />
      <Field label="Ends" hint="After that it counts for nothing. You are told a week before if a program still uses it." error={problems['expiresInDays']}>
        {(control) => (
          <SelectInput {...control} value={draft.expiresInDays} onChange={(event) => change({ expiresInDays: Number(event.target.value) })}>
            {lifetimes.map((days) => (
              <option key={days} value={days}>
                {days === 365 ? 'in a year' : `in ${days} days`}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      {create.isError && <FailureNotice message={errorSentence(create.error)} kind={errorKind(create.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Create token
        </Button>
      </DialogFooter>
    </form>
  );
}

function ScopeChoice({ chosen, error, onChange }: { chosen: readonly TokenScope[]; error: string | undefined; onChange: (scopes: TokenScope[]) => void }) {
  const noteId = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" aria-describedby={error ? noteId : undefined}>
      <legend className="mb-1 text-sm font-medium">What it may do</legend>
      {tokenScopes.map((scope) => (
        <label key={scope} className="grid cursor-pointer grid-cols-[1rem_minmax(0,1fr)] gap-x-2 rounded-md border border-line-strong px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent">
          <input type="checkbox" className="mt-0.5 size-4 accent-accent" checked={chosen.includes(scope)} onChange={(event) => onChange(tokenScopes.filter((each) => (each === scope ? event.target.checked : chosen.includes(each))))} />
          <span className="text-sm font-medium">{scopeWords[scope].label}</span>
          <span className="col-start-2 text-xs text-ink-soft">{scopeWords[scope].hint}</span>
        </label>
      ))}
      {error && (
        <p id={noteId} role="alert" className="text-xs text-state-failed">
          {error}
        </p>
      )}
    </fieldset>
  );
}
