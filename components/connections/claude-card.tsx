'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isFinalLogin, type ClaudeLogin } from '@/contract/claude-login';
import type { ClaudeConnection } from '@/contract/connection';
import { ClaudeConnected } from '@/components/connections/claude-connected';
import { ClaudeConnectDialog } from '@/components/connections/claude-connect-dialog';
import { ClaudeDisconnectDialog } from '@/components/connections/claude-disconnect-dialog';
import { signingIn } from '@/components/connections/claude-words';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Notice } from '@/components/ui/notice';
import { TimeUntil } from '@/components/ui/relative-time';
import { Card, Section } from '@/components/ui/section';
import { StateBadge } from '@/components/ui/state-badge';

/** The person's own Claude account: connect it, see how it stands, take it away. */
export function ClaudeCard() {
  const trpc = useTRPC();
  const connection = useQuery(trpc.connections.claude.current.queryOptions());
  return (
    <Section title="Claude" note="The account that answers your runs. It is yours alone: nobody else's runs use it.">
      <Loaded query={connection} height="h-36">
        {(data) => <Body connection={data} />}
      </Loaded>
    </Section>
  );
}

/** News come by the change stream; the clock helps where that is cut off. */
const LOOK_MS = 5_000;

function Body({ connection }: { connection: ClaudeConnection | null }) {
  const trpc = useTRPC();
  const login = useQuery(trpc.connections.claude.login.queryOptions(undefined, { refetchInterval: ({ state }) => (state.data && !isFinalLogin(state.data.status) ? LOOK_MS : false) })).data ?? null;
  const live = login !== null && !isFinalLogin(login.status);
  const [asking, setAsking] = useState<'connect' | 'disconnect' | 'nothing' | 'as it stands'>('as it stands');
  const close = () => setAsking('nothing');
  // After a reload a sign-in that is under way opens by itself.
  const isOpen = asking === 'connect' || (asking === 'as it stands' && live);
  return (
    <Card>
      {!isOpen && <LastFailure login={login} connection={connection} />}
      {live && <UnderWay login={login} onOpen={() => setAsking('connect')} />}
      {connection ? <ClaudeConnected connection={connection} onReconnect={() => setAsking('connect')} onDisconnect={() => setAsking('disconnect')} /> : !live && <NotConnected onConnect={() => setAsking('connect')} />}
      <ClaudeConnectDialog open={isOpen} login={login} connection={connection} onClose={close} />
      <ClaudeDisconnectDialog open={asking === 'disconnect'} onClose={close} />
    </Card>
  );
}

/** For whoever was not looking when it ended; of no interest once something newer is known of the connection. */
function LastFailure({ login, connection }: { login: ClaudeLogin | null; connection: ClaudeConnection | null }) {
  if (!login || (login.status !== 'failed' && login.status !== 'expired')) return null;
  if (connection && connection.statusSince > login.statusSince) return null;
  return (
    <div className="border-b border-line p-4">
      <Notice kind="warning">The last sign-in did not succeed. {login.statusReason}</Notice>
    </div>
  );
}

function UnderWay({ login, onOpen }: { login: ClaudeLogin; onOpen: () => void }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line p-4 last:border-b-0">
      <div className="min-w-0 flex-1 basis-60">
        <StateBadge look={signingIn} />
        <p className="text-sm text-ink-soft">
          {login.status === 'waiting_for_code' ? 'It waits for you to approve it and to paste the code.' : 'It goes on by itself.'} Its time is over <TimeUntil date={login.expiresAt} />.
        </p>
      </div>
      <Button variant="primary" onClick={onOpen}>
        Go on with it
      </Button>
    </div>
  );
}

function NotConnected({ onConnect }: { onConnect: () => void }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 p-4">
      <div className="min-w-0 flex-1 basis-60">
        <h3 className="font-semibold">Not connected</h3>
        <p className="text-sm text-ink-soft">The built-in simulator answers your runs: good for trying things out, but it is not Claude.</p>
      </div>
      <Button variant="primary" onClick={onConnect}>
        Connect Claude
      </Button>
    </div>
  );
}
