'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ShownToken } from '@/components/api-tokens/token-row';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Asks before a token is ended, with what that means. */
export function RevokeTokenDialog({ token, onClose }: { token: ShownToken | null; onClose: () => void }) {
  return (
    <Dialog open={token !== null} onClose={onClose} title={token ? `Revoke ${token.name}?` : ''}>
      {token && <RevokeForm token={token} onClose={onClose} />}
    </Dialog>
  );
}

function RevokeForm({ token, onClose }: { token: ShownToken; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const revoke = useMutation(trpc.apiTokens.revoke.mutationOptions({ onSuccess: onClose, onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.apiTokens.pathKey() }) }));
  return (
    <>
      <p className="text-ink-soft">
        Programs that use it are refused from the next request on, and what they follow live ends within seconds. Runs that they have started go on. It cannot be brought back.
      </p>
      {revoke.isError && <FailureNotice message={errorSentence(revoke.error)} kind={errorKind(revoke.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={revoke.isPending} onClick={() => revoke.mutate({ tokenId: token.id })}>
          Revoke it
        </Button>
      </DialogFooter>
    </>
  );
}
