'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import type { GitHubConnection, GitHubState } from '@/contract/connection';
import { GitHubConsentButton } from '@/components/connections/github-consent-button';
import { endInWords, gitHubLooks, isUnchecked, scopesInWords } from '@/components/connections/github-words';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Fact } from '@/components/ui/fact';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { exactTime, RelativeTime } from '@/components/ui/relative-time';
import { StateBadge } from '@/components/ui/state-badge';
import { useAtTime } from '@/components/ui/use-at-time';

interface ConnectedProps {
  state: GitHubState;
  connection: GitHubConnection;
  onToken: () => void;
  onDisconnect: () => void;
}

/** How the connection stands, and what can be done about it. */
export function GitHubConnected({ state, connection, onToken, onDisconnect }: ConnectedProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const check = useMutation(trpc.connections.gitHub.check.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.connections.gitHub.current.queryKey(), next) }));
  const failed = connection.status === 'failed';
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StateBadge look={gitHubLooks[connection.status]} />
        <h3 className="min-w-0 font-semibold [overflow-wrap:anywhere]">
          {failed ? 'was ' : 'as '}
          {connection.login} <span className="font-normal text-ink-soft">on {connection.host}</span>
        </h3>
      </div>
      <Notices state={state} connection={connection} />
      <Facts connection={connection} />
      {check.isError && <FailureNotice message={errorSentence(check.error)} kind={errorKind(check.error)} />}
      <div className="flex flex-wrap gap-2">
        {state.offersConsent && <GitHubConsentButton primary={failed}>{connection.method === 'oauth' ? 'Reconnect' : 'Connect through GitHub instead'}</GitHubConsentButton>}
        <Button variant={failed && !state.offersConsent ? 'primary' : 'plain'} onClick={onToken}>
          {connection.method === 'pat' ? 'Replace token' : 'Use a token instead'}
        </Button>
        <Button busy={check.isPending} icon={<RefreshCw aria-hidden className="size-4" />} onClick={() => check.mutate()}>
          Check now
        </Button>
        <Button variant="danger" onClick={onDisconnect}>
          Disconnect…
        </Button>
      </div>
    </div>
  );
}

function Notices({ state, connection }: Pick<ConnectedProps, 'state' | 'connection'>) {
  const { status, statusReason, statusSince, checkedAt, expiresAt } = connection;
  const unchecked = useAtTime((now) => isUnchecked(connection, now));
  const end = useAtTime((now) => endInWords(expiresAt, now));
  return (
    <>
      {status === 'failed' && (
        <Notice kind="failure">
          {statusReason ?? `${connection.host} no longer accepts the token.`} Runs that need it wait since <RelativeTime date={statusSince} /> and go on by themselves once you have connected again.
        </Notice>
      )}
      {status === 'expiring' && <Notice kind="warning">The token ends {end}. Replace it before that: a run that needs it then waits.</Notice>}
      {status !== 'failed' && statusReason && <Notice kind="warning">{statusReason}</Notice>}
      {unchecked && checkedAt && (
        <Notice kind="warning">
          Could not be checked since <RelativeTime date={checkedAt} />: {connection.host} does not answer. The token is used as before.
        </Notice>
      )}
      {state.signsInAs !== null && (
        <Notice>
          This is another account than the one you sign in with ({state.signsInAs}). Commits are pushed as {connection.login}.
        </Notice>
      )}
    </>
  );
}

function Facts({ connection }: { connection: GitHubConnection }) {
  const { method, lastFour, checkedAt, expiresAt } = connection;
  const end = useAtTime((now) => endInWords(expiresAt, now));
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-2">
      <Fact name="Connected by">
        {method === 'oauth' ? 'consent on GitHub' : 'a token'}
        {lastFour && <span className="font-mono text-ink-soft"> …{lastFour}</span>}
      </Fact>
      <Fact name="May use">{scopesInWords(connection)}</Fact>
      <Fact name="Ends">
        <span title={expiresAt ? exactTime(expiresAt) : undefined} suppressHydrationWarning>
          {end}
        </span>
      </Fact>
      <Fact name="Last checked">{checkedAt ? <RelativeTime date={checkedAt} /> : 'not yet'}</Fact>
    </dl>
  );
}
