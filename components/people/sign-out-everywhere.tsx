'use client';

import { useMutation } from '@tanstack/react-query';
import { usePerson } from '@/components/frame/person-context';
import { forgetDrafts } from '@/components/steering/use-draft';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Asks, then ends every session of the person and goes to the door. */
export function SignOutEverywhereDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const { login } = usePerson();
  const leave = () => {
    forgetDrafts(login);
    window.location.assign('/sign-in');
  };
  const endAll = useMutation(trpc.session.endAll.mutationOptions({ onSuccess: leave }));
  return (
    <Dialog open={open} onClose={onClose} title="Sign out everywhere?">
      <p className="text-ink-soft">Every browser in which you are signed in is signed out, this one too. Your runs go on.</p>
      {endAll.isError && <FailureNotice message={errorSentence(endAll.error)} kind={errorKind(endAll.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" busy={endAll.isPending || endAll.isSuccess} onClick={() => endAll.mutate()}>
          Sign out everywhere
        </Button>
      </div>
    </Dialog>
  );
}
