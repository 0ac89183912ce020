'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { SecretView } from '@/contract/secret';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { RelativeTime } from '@/components/ui/relative-time';

/** Name, end of the value, when it was set and used, and who holds it now. */
export function SecretRow({ secret, onReplace }: { secret: SecretView; onReplace: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="flex items-start gap-3 px-4 py-2.5 text-sm md:items-center">
      <div className="flex min-w-0 flex-1 flex-col gap-x-4 md:grid md:grid-cols-[minmax(0,5fr)_minmax(0,3fr)_minmax(0,4fr)_minmax(0,4fr)] md:items-center">
        <span className="font-mono font-medium [overflow-wrap:anywhere]">{secret.name}</span>
        <span className="font-mono text-ink-soft">{secret.lastFour === null ? 'too short to show an end' : `ends in ${secret.lastFour}`}</span>
        <span className="text-ink-soft">
          Version {secret.version}, set <RelativeTime date={secret.changedAt} />
        </span>
        <span className="text-ink-soft">
          {secret.lastUsedAt === null ? 'Never used' : <>Used <RelativeTime date={secret.lastUsedAt} /></>}
          {secret.usedByRuns > 0 && <span className="block text-xs text-ink-faint">{liveRuns(secret.usedByRuns)} now</span>}
        </span>
      </div>
      <span className="flex">
        <IconButton label={`Replace ${secret.name}`} onClick={onReplace}>
          <RefreshCw aria-hidden />
        </IconButton>
        <IconButton label={`Delete ${secret.name}`} onClick={() => setAsking(true)}>
          <Trash2 aria-hidden />
        </IconButton>
      </span>
      <Dialog open={asking} onClose={() => setAsking(false)} title={`Delete ${secret.name}?`}>
        <DeleteForm secret={secret} onClose={() => setAsking(false)} />
      </Dialog>
    </li>
  );
}

function DeleteForm({ secret, onClose }: { secret: SecretView; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(trpc.secrets.delete.mutationOptions({ onSuccess: onClose, onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.secrets.list.queryKey() }) }));
  return (
    <>
      <p className="text-ink-soft">
        No run is given it from now on, and nobody can bring the value back.{' '}
        {secret.usedByRuns > 0 && `${liveRuns(secret.usedByRuns)} now: the file is taken away within seconds, but what was read already can be used until the run ends. `}
        If it may have leaked, revoke it where it comes from as well.
      </p>
      {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ secretId: secret.id })}>
          Delete it
        </Button>
      </DialogFooter>
    </>
  );
}

function liveRuns(many: number): string {
  return many === 1 ? '1 live run holds it' : `${many} live runs hold it`;
}
