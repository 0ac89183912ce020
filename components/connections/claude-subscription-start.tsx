'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Begins a sign-in; the dialog then follows it. */
export function useStartClaudeLogin() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const queryKey = trpc.connections.claude.login.queryKey();
  return useMutation(trpc.connections.claude.startLogin.mutationOptions({ onSuccess: (login) => queryClient.setQueryData(queryKey, login), onError: () => void queryClient.invalidateQueries({ queryKey }) }));
}

/** Says what will happen before it does. */
export function ClaudeSubscriptionStart({ onClose }: { onClose: () => void }) {
  const start = useStartClaudeLogin();
  return (
    <>
      <ol className="flex list-decimal flex-col gap-1 pl-5 text-sm text-ink-soft">
        <li>Claude Code starts its own sign-in in a container made for it.</li>
        <li>You open Claude&rsquo;s page, approve, and copy the code that it shows.</li>
        <li>You paste the code here. The sign-in is stored encrypted, lasts a year, and serves your runs only.</li>
      </ol>
      {start.isError && <FailureNotice message={errorSentence(start.error)} kind={errorKind(start.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" busy={start.isPending} onClick={() => start.mutate()}>
          Start sign-in
        </Button>
      </DialogFooter>
    </>
  );
}
