'use client';

import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import type { GitHubState } from '@/contract/connection';
import { gitHubConsentSentence } from '@/contract/github-consent';
import { GitHubConnected } from '@/components/connections/github-connected';
import { GitHubConsentButton } from '@/components/connections/github-consent-button';
import { GitHubDisconnectDialog } from '@/components/connections/github-disconnect-dialog';
import { GitHubTokenDialog } from '@/components/connections/github-token-dialog';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { Card, Section } from '@/components/ui/section';

/** The person's own GitHub account: connect it, see how it stands, take it away. */
export function GitHubCard() {
  const trpc = useTRPC();
  const state = useQuery(trpc.connections.gitHub.current.queryOptions());
  const outcome = useSearchParams().get('github');
  // The address keeps saying it after the connection was taken away again.
  const isOver = outcome === 'connected' && state.data !== undefined && state.data.connection?.status !== 'connected';
  const sentence = isOver ? null : gitHubConsentSentence(outcome);
  return (
    <Section title="GitHub" note="With it your workspaces clone, fetch and push, and you choose from your repositories. It has nothing to do with how you sign in here.">
      {sentence && <Notice kind={outcome === 'connected' ? 'info' : 'warning'}>{sentence}</Notice>}
      <Loaded query={state} height="h-36">
        {(data) => <Body state={data} />}
      </Loaded>
    </Section>
  );
}

function Body({ state }: { state: GitHubState }) {
  const [asking, setAsking] = useState<'token' | 'disconnect' | null>(null);
  const close = () => setAsking(null);
  const ask = { onToken: () => setAsking('token'), onDisconnect: () => setAsking('disconnect') };
  return (
    <Card>
      {state.connection ? <GitHubConnected state={state} connection={state.connection} {...ask} /> : <NotConnected state={state} onToken={ask.onToken} />}
      <GitHubTokenDialog state={state} open={asking === 'token'} onClose={close} />
      <GitHubDisconnectDialog state={state} open={asking === 'disconnect'} onClose={close} />
    </Card>
  );
}

function NotConnected({ state, onToken }: { state: GitHubState; onToken: () => void }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 p-4">
      <div className="min-w-0 flex-1 basis-60">
        <h3 className="font-semibold">Not connected</h3>
        <p className="text-sm text-ink-soft">Public repositories can be cloned without it. Private ones, pushes and pull requests on {state.host} need it.</p>
      </div>
      <div className="flex flex-wrap gap-2">
        {state.offersConsent && <GitHubConsentButton primary>Connect GitHub</GitHubConsentButton>}
        <Button variant={state.offersConsent ? 'plain' : 'primary'} onClick={onToken}>
          Paste a token
        </Button>
      </div>
    </div>
  );
}
