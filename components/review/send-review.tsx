'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useState } from 'react';
import { useGoToEnd } from '@/components/conversation/conversation-end';
import type { Comments } from '@/components/review/use-comments';
import { useGoToRun } from '@/components/steering/use-follow-ups';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextArea } from '@/components/ui/field';

/** How many comments are collected, and the way to send them; nothing while there are none. */
export function SendReview({ runId, comments }: { runId: string; comments: Comments }) {
  const [open, setOpen] = useState(false);
  const collected = comments.all.filter(({ sentAt }) => sentAt === null);
  const words = `${collected.length} ${collected.length === 1 ? 'comment' : 'comments'}`;
  const close = () => setOpen(false);
  if (collected.length === 0) return null;
  return (
    <div role="status" className="flex shrink-0 flex-wrap items-center gap-2 rounded-lg border border-line bg-surface px-3 py-2">
      <span className="min-w-0 flex-1">{words} not sent yet</span>
      <Button size="small" variant="primary" icon={<Send aria-hidden className="size-4" />} onClick={() => setOpen(true)}>
        Send to Claude
      </Button>
      <Dialog open={open} onClose={close} title={`Send ${words} to Claude`}>
        <SendForm runId={runId} unfinished={comments.drafts.filter(({ body }) => body.trim() !== '').length} onDone={close} />
      </Dialog>
    </div>
  );
}

function SendForm({ runId, unfinished, onDone }: { runId: string; unfinished: number; onDone: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const goToRun = useGoToRun();
  const goToEnd = useGoToEnd();
  const [words, setWords] = useState('');
  const send = useMutation(
    trpc.review.send.mutationOptions({
      onSuccess: ({ startedRun }) => {
        onDone();
        if (startedRun) goToRun(startedRun);
        else goToEnd(); // it waits there, and the page goes on with it
      },
      onSettled: () => Promise.all([queryClient.invalidateQueries(trpc.review.comments.queryFilter({ runId })), queryClient.invalidateQueries(trpc.followUps.pathFilter())]),
    }),
  );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!send.isPending) send.mutate({ runId, ...(words.trim() && { words }) });
      }}
    >
      <Field label="A few words first" optional hint="All comments go as one follow-up: it starts now, or when the run that is on has succeeded.">
        {(control) => <TextArea {...control} rows={4} value={words} onChange={(event) => setWords(event.target.value)} />}
      </Field>
      {unfinished > 0 && <p className="text-sm text-ink-soft">{unfinished === 1 ? 'One comment is' : `${unfinished} comments are`} still being written and will not be sent.</p>}
      {send.isError && <FailureNotice message={errorSentence(send.error)} kind={errorKind(send.error)} />}
      <DialogFooter>
        <Button onClick={onDone}>Cancel</Button>
        <Button variant="primary" type="submit" busy={send.isPending}>
          Send to Claude
        </Button>
      </DialogFooter>
    </form>
  );
}
