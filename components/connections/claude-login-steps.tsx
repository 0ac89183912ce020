'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { isFinalLogin, type ClaudeLogin } from '@/contract/claude-login';
import { ClaudeCodeForm } from '@/components/connections/claude-code-form';
import { useStartClaudeLogin } from '@/components/connections/claude-subscription-start';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';

interface StepsProps {
  login: ClaudeLogin;
  onClose: () => void;
  onOtherWay: () => void;
}

/** A sign-in as it goes on, and how it ended. */
export function ClaudeLoginSteps({ login, onClose, onOtherWay }: StepsProps) {
  if (login.status === 'done') {
    return (
      <>
        <Notice>Claude is connected. Your next runs are answered by it, and runs that waited for the sign-in go on by themselves.</Notice>
        <DialogFooter>
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </DialogFooter>
      </>
    );
  }
  if (isFinalLogin(login.status)) return <Ended login={login} onOtherWay={onOtherWay} />;
  return (
    <>
      {login.status === 'starting' && <Busy>Claude Code starts its sign-in. This takes a few seconds.</Busy>}
      {login.status === 'checking' && <Busy>The code is being checked, and the sign-in tried with a small question to Claude.</Busy>}
      {login.status === 'waiting_for_code' && login.url && <ClaudeCodeForm key={login.url} login={login} url={login.url} />}
      <LiveFooter login={login} onClose={onClose} />
    </>
  );
}

function Busy({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="flex items-center gap-2 py-6 text-ink-soft">
      <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin" />
      {children}
    </p>
  );
}

function LiveFooter({ login, onClose }: Pick<StepsProps, 'login' | 'onClose'>) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const cancel = useMutation(trpc.connections.claude.cancelLogin.mutationOptions({ onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.connections.claude.login.queryKey() }) }));
  return (
    <>
      {cancel.isError && <FailureNotice message={errorSentence(cancel.error)} kind={errorKind(cancel.error)} />}
      <DialogFooter>
        <Button variant="danger" busy={cancel.isPending} onClick={() => cancel.mutate({ loginId: login.id })}>
          Cancel sign-in
        </Button>
        <Button onClick={onClose}>Close for now</Button>
      </DialogFooter>
    </>
  );
}

function Ended({ login, onOtherWay }: Pick<StepsProps, 'login' | 'onOtherWay'>) {
  const start = useStartClaudeLogin();
  const words = login.status === 'cancelled' ? 'The sign-in was cancelled. Nothing was stored.' : (login.statusReason ?? 'The sign-in did not succeed. Start again.');
  return (
    <>
      <Notice kind={login.status === 'failed' ? 'failure' : 'warning'}>{words}</Notice>
      {start.isError && <FailureNotice message={errorSentence(start.error)} kind={errorKind(start.error)} />}
      <DialogFooter>
        <Button onClick={onOtherWay}>Choose another way</Button>
        <Button variant="primary" busy={start.isPending} onClick={() => start.mutate()}>
          Start again
        </Button>
      </DialogFooter>
    </>
  );
}
