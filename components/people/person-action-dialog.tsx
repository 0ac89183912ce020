'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { PersonView } from '@/contract/person';
import { actionWords, type PersonAction } from '@/components/people/person-actions';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Asks before something is done about a person, with what it means. */
export function PersonActionDialog({ asked, onClose }: { asked: { person: PersonView; action: PersonAction } | null; onClose: () => void }) {
  return (
    <Dialog open={asked !== null} onClose={onClose} title={asked ? actionWords[asked.action].title(asked.person.login) : ''}>
      {asked && <Question {...asked} onClose={onClose} />}
    </Dialog>
  );
}

function Question({ person, action, onClose }: { person: PersonView; action: PersonAction; onClose: () => void }) {
  const { consequence, button, danger } = actionWords[action];
  const act = useAction(onClose);
  return (
    <>
      <p className="text-ink-soft">{consequence}</p>
      {act.isError && <FailureNotice message={errorSentence(act.error)} kind={errorKind(act.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant={danger ? 'danger' : 'primary'} busy={act.isPending} onClick={() => act.mutate({ userId: person.id, action })}>
          {button}
        </Button>
      </div>
    </>
  );
}

function useAction(onDone: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const changeRole = useMutation(trpc.people.changeRole.mutationOptions());
  const disable = useMutation(trpc.people.disable.mutationOptions());
  const enable = useMutation(trpc.people.enable.mutationOptions());
  const endSessions = useMutation(trpc.people.endSessions.mutationOptions());
  return useMutation({
    mutationFn: ({ userId, action }: { userId: string; action: PersonAction }): Promise<unknown> => {
      switch (action) {
        case 'make-admin':
          return changeRole.mutateAsync({ userId, role: 'admin' });
        case 'make-member':
          return changeRole.mutateAsync({ userId, role: 'member' });
        case 'sign-out':
          return endSessions.mutateAsync({ userId });
        case 'disable':
          return disable.mutateAsync({ userId });
        case 'enable':
          return enable.mutateAsync({ userId });
      }
    },
    onSuccess: onDone,
    onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.people.list.queryKey() }),
  });
}
