'use client';

import { useMutation } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { retryRunInput } from '@/contract/follow-up';
import { isFinal, type RunView } from '@/contract/run';
import { useGoToRun } from '@/components/steering/use-follow-ups';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog, DialogFooter } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Field, TextArea } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';

type Retried = Pick<RunView, 'id' | 'number' | 'prompt' | 'promptMasked' | 'status'>;

/** Starts again from the beginning of a run, with its words or others. As a picture only where there is little room. */
export function RetryButton({ run, small = false }: { run: Retried; small?: boolean }) {
  const [open, setOpen] = useState(false);
  const icon = <RotateCcw aria-hidden className="size-3.5" />;
  return (
    <>
      {small ? (
        <IconButton label="Edit and retry" onClick={() => setOpen(true)}>
          {icon}
        </IconButton>
      ) : (
        <Button size="small" variant="quiet" icon={icon} onClick={() => setOpen(true)}>
          Edit and retry
        </Button>
      )}
      <Dialog open={open} onClose={() => setOpen(false)} title={`Start again from run #${run.number}`} wide>
        <RetryForm run={run} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function RetryForm({ run, onClose }: { run: Retried; onClose: () => void }) {
  const trpc = useTRPC();
  const goToRun = useGoToRun();
  const [prompt, setPrompt] = useState(run.prompt);
  const retry = useMutation(trpc.runs.retry.mutationOptions({ onSuccess: goToRun }));
  const input = retryRunInput.safeParse({ runId: run.id, prompt });
  const submit = () => {
    if (input.success && !retry.isPending && !retry.isSuccess) retry.mutate(input.data);
  };
  return (
    <>
      <p className="text-ink-soft">
        A new conversation on a branch of its own begins where run #{run.number} began: with the files as they were then, and a Claude that knows what was said before and nothing after. Run #{run.number} and what
        followed stay as they are.
      </p>
      {run.promptMasked && (
        <Notice kind="warning">
          Parts of this prompt were masked: they show as stars. {isFinal(run.status) ? 'They are not kept; put them in again.' : 'If you started the run and change nothing, Claude is told what you entered; otherwise put them in again.'}
        </Notice>
      )}
      <Field label="Prompt" error={input.success || prompt === run.prompt ? undefined : input.error.issues[0]?.message}>
        {(control) => (
          <TextArea
            {...control}
            autoFocus
            rows={6}
            value={prompt}
            onChange={(event) => setPrompt(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit();
            }}
            className="max-h-[50dvh] min-h-32 field-sizing-content"
          />
        )}
      </Field>
      {retry.isError && <FailureNotice message={errorSentence(retry.error)} kind={errorKind(retry.error)} />}
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" busy={retry.isPending || retry.isSuccess} disabled={!input.success} icon={<RotateCcw aria-hidden className="size-4" />} title="Ctrl+Enter or ⌘Enter" onClick={submit}>
          Start again
        </Button>
      </DialogFooter>
    </>
  );
}
