'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import { usePageKeys } from '@/components/frame/page-keys';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';

/** Esc on the page interrupts the run that is on, after a question. */
export function InterruptKey({ run }: { run: RunView }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const isOn = !isFinal(run.status) && run.status !== 'stopping';
  const stop = useMutation(
    trpc.runs.stop.mutationOptions({
      onSuccess: (next) => {
        queryClient.setQueryData(trpc.runs.byId.queryKey({ runId: run.id }), next);
        setAsking(false);
      },
    }),
  );
  const ask = () => {
    if (!isOn) return false;
    setAsking(true);
    return true;
  };
  usePageKeys(isOn ? [{ key: 'Escape', label: 'Interrupt Claude', run: ask }] : []);
  return (
    <Dialog open={asking && isOn} onClose={() => setAsking(false)} title="Interrupt Claude?">
      <p className="text-ink-soft">The run is stopped where it is. Its changes stay, and you can say what comes next in the same conversation.</p>
      {stop.isError && <FailureNotice message={errorSentence(stop.error)} kind={errorKind(stop.error)} />}
      <DialogFooter>
        <Button onClick={() => setAsking(false)}>Let it go on</Button>
        <Button variant="danger" busy={stop.isPending} onClick={() => stop.mutate({ runId: run.id })}>
          Interrupt
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
