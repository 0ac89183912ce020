'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Says what stops working before it does. */
export function ClaudeDisconnectDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const disconnect = useMutation(
    trpc.connections.claude.disconnect.mutationOptions({
      onSuccess: () => {
        queryClient.setQueryData(trpc.connections.claude.current.queryKey(), null);
        onClose();
      },
    }),
  );
  return (
    <Dialog open={open} onClose={onClose} title="Disconnect Claude?">
      <ul className="flex list-disc flex-col gap-1 pl-5 text-ink-soft">
        <li>New runs of yours are answered by the built-in simulator.</li>
        <li>Runs under way keep the account until they end. Runs that wait for a sign-in go on waiting.</li>
        <li>The stored secret is deleted. With Claude it stays valid until you revoke it there.</li>
      </ul>
      {disconnect.isError && <FailureNotice message={errorSentence(disconnect.error)} kind={errorKind(disconnect.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" busy={disconnect.isPending} onClick={() => disconnect.mutate()}>
          Disconnect
        </Button>
      </div>
    </Dialog>
  );
}
