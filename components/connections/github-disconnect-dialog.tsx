'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { GitHubState } from '@/contract/connection';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Says what stops working before it does. */
export function GitHubDisconnectDialog({ state, open, onClose }: { state: GitHubState; open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const disconnect = useMutation(
    trpc.connections.gitHub.disconnect.mutationOptions({
      onSuccess: (next) => {
        queryClient.setQueryData(trpc.connections.gitHub.current.queryKey(), next);
        onClose();
      },
    }),
  );
  const revokeUrl = state.newTokenUrl.replace(/\/settings\/.*$/, state.connection?.method === 'oauth' ? '/settings/applications' : '/settings/tokens');
  return (
    <Dialog open={open} onClose={onClose} title="Disconnect GitHub?">
      <ul className="flex list-disc flex-col gap-1 pl-5 text-ink-soft">
        <li>Your workspaces can no longer clone, fetch or push private repositories, nor push to public ones.</li>
        <li>Pull requests cannot be opened, and your repositories are no longer offered.</li>
        <li>Runs under way keep the token until they end. Workspaces and their files stay.</li>
        <li>
          On GitHub the token stays valid until you{' '}
          <a className="text-accent underline" href={revokeUrl} target="_blank" rel="noreferrer">
            revoke it there
          </a>
          .
        </li>
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
