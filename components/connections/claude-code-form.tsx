'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { enterClaudeCodeInput, type ClaudeLogin } from '@/contract/claude-login';
import { problemsOf } from '@/components/settings/settings-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextInput } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';
import { TimeUntil } from '@/components/ui/relative-time';

/** The page to approve on, and the field for the code that it shows. */
export function ClaudeCodeForm({ login, url }: { login: ClaudeLogin; url: string }) {
  const { code, problem, change, submit, enter } = useCode(login.id);
  return (
    <form noValidate autoComplete="off" onSubmit={submit} className="flex flex-col gap-4">
      {login.statusReason && <Notice kind="warning">{login.statusReason}</Notice>}
      <div className="flex flex-col gap-2">
        <p className="text-ink-soft">1. Approve on Claude&rsquo;s page, with the account whose subscription your runs shall use.</p>
        <div className="flex items-center gap-1">
          <a className="inline-flex h-9 items-center gap-1.5 rounded-md bg-accent px-3 text-sm font-medium text-on-accent hover:bg-accent-hover" href={url} target="_blank" rel="noreferrer">
            <ExternalLink aria-hidden className="size-4" />
            Open Claude&rsquo;s page
          </a>
          <CopyButton text={url} label="Copy the address" />
        </div>
      </div>
      <Field label="2. Paste the code that the page shows" error={problem} hint="All of it, including what stands behind the #.">
        {(control) => <TextInput {...control} type="password" className="font-mono" value={code} onChange={(event) => change(event.target.value)} />}
      </Field>
      {enter.isError && <FailureNotice message={errorSentence(enter.error)} kind={errorKind(enter.error)} />}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-sm text-ink-soft">
          The time for it is over <TimeUntil date={login.expiresAt} />.
        </p>
        <Button type="submit" variant="primary" busy={enter.isPending}>
          Connect
        </Button>
      </div>
    </form>
  );
}

function useCode(loginId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const queryKey = trpc.connections.claude.login.queryKey();
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  const enter = useMutation(
    trpc.connections.claude.enterCode.mutationOptions({
      gcTime: 0, // else the code stays in the cache of mutations
      onSuccess: (next) => queryClient.setQueryData(queryKey, next),
      onError: () => void queryClient.invalidateQueries({ queryKey }),
    }),
  );
  const change = (value: string) => {
    setCode(value);
    setProblem(undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const input = enterClaudeCodeInput.safeParse({ loginId, code });
    setProblem(input.success ? undefined : problemsOf(input.error)['code']);
    if (input.success && !enter.isPending) enter.mutate(input.data);
  };
  return { code, problem, change, submit, enter };
}
