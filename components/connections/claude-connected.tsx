'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';
import type { ClaudeConnection } from '@/contract/connection';
import { accountInWords, claudeEndInWords, claudeLooks } from '@/components/connections/claude-words';
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
  connection: ClaudeConnection;
  onReconnect: () => void;
  onDisconnect: () => void;
}

/** How the connection stands, and what can be done about it. */
export function ClaudeConnected({ connection, onReconnect, onDisconnect }: ConnectedProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const check = useMutation(trpc.connections.claude.check.mutationOptions({ onSuccess: (next) => queryClient.setQueryData(trpc.connections.claude.current.queryKey(), next) }));
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StateBadge look={claudeLooks[connection.status]} />
        <h3 className="min-w-0 font-semibold [overflow-wrap:anywhere]">{accountInWords(connection)}</h3>
      </div>
      <Standing connection={connection} />
      <Facts connection={connection} />
      {check.isError && <FailureNotice message={errorSentence(check.error)} kind={errorKind(check.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button variant={connection.status === 'connected' ? 'plain' : 'primary'} onClick={onReconnect}>
          Reconnect
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

function Standing({ connection: { status, statusReason, statusSince, expiresAt } }: { connection: ClaudeConnection }) {
  const end = useAtTime((now) => claudeEndInWords(expiresAt, now) ?? '');
  if (status === 'failed') {
    return (
      <Notice kind="failure">
        {statusReason ?? 'Claude does not accept it any more.'} Runs that need it wait since <RelativeTime date={statusSince} /> and go on by themselves once you have connected again.
      </Notice>
    );
  }
  return (
    <>
      {status === 'expiring' && <Notice kind="warning">It ends {end}. Reconnect before that: runs that need it then wait.</Notice>}
      {statusReason && <Notice kind="warning">{statusReason}</Notice>}
    </>
  );
}

function Facts({ connection: { lastFour, expiresAt, checkedAt, baseUrl } }: { connection: ClaudeConnection }) {
  const end = useAtTime((now) => claudeEndInWords(expiresAt, now) ?? '');
  return (
    <dl className="grid gap-x-6 gap-y-2 text-sm sm:grid-cols-2">
      {baseUrl && <Fact name="Address">{baseUrl}</Fact>}
      {lastFour && (
        <Fact name="Secret">
          <span className="font-mono">…{lastFour}</span>
        </Fact>
      )}
      {expiresAt && (
        <Fact name="Ends">
          <span title={exactTime(expiresAt)} suppressHydrationWarning>
            {end}
          </span>
        </Fact>
      )}
      <Fact name="Last tried">{checkedAt ? <RelativeTime date={checkedAt} /> : 'not yet'}</Fact>
    </dl>
  );
}
