'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { connectGitHubInput, type GitHubState } from '@/contract/connection';
import { problemsOf } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';

/** Takes a token that the person made on GitHub. It is checked there before it is kept; what was typed goes with the dialog. */
export function GitHubTokenDialog({ state, open, onClose }: { state: GitHubState; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={state.connection ? 'Replace the GitHub token' : 'Connect GitHub with a token'}>
      <TokenForm state={state} onClose={onClose} />
    </Dialog>
  );
}

function TokenForm({ state, onClose }: { state: GitHubState; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  const connect = useMutation(
    trpc.connections.gitHub.connect.mutationOptions({
      gcTime: 0, // else the token stays in the cache of mutations
      onSuccess: (next) => {
        queryClient.setQueryData(trpc.connections.gitHub.current.queryKey(), next);
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = connectGitHubInput.safeParse({ token });
    setProblem(input.success ? undefined : problemsOf(input.error)['token']);
    if (input.success && !connect.isPending) connect.mutate(input.data);
  };
  return (
    <form noValidate autoComplete="off" onSubmit={submit} className="flex flex-col gap-4">
      <ol className="flex list-decimal flex-col gap-1 pl-5 text-ink-soft">
        <li>
          <a className="text-accent underline" href={state.newTokenUrl} target="_blank" rel="noreferrer">
            Make a token on {state.host}
          </a>
          . The right scopes are chosen there already; choose when it ends.
        </li>
        <li>Copy it, and paste it here. A fine-grained token works as well: it needs to read and write contents and pull requests of your repositories.</li>
      </ol>
      <Field label="Token" error={problem} hint="It is stored encrypted, masked in what runs print, and never shown again.">
        {(control) => (
          <TextInput
            {...control}
            autoFocus
            type="password"
            className="font-mono"
            placeholder="ghp_…"
            value={token}
            onChange={(event) => {
              setToken(event.target.value);
              setProblem(undefined);
            }}
          />
        )}
      </Field>
      {connect.isError && <FailureNotice message={errorSentence(connect.error)} kind={errorKind(connect.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={connect.isPending}>
          {state.connection ? 'Replace token' : 'Connect'}
        </Button>
      </DialogFooter>
    </form>
  );
}
