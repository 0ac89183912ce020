'use client';

import Link from 'next/link';
import { useRef, type KeyboardEvent, type RefObject } from 'react';
import { isFinal, type RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { useGoToEnd } from '@/components/conversation/conversation-end';
import { ChoiceBar } from '@/components/steering/choice-bar';
import { InterruptKey } from '@/components/steering/interrupt-key';
import { QueueList } from '@/components/steering/queue-list';
import { SendButtons } from '@/components/steering/send-buttons';
import { useFollowUps } from '@/components/steering/use-follow-ups';
import { useNextRun } from '@/components/steering/use-next-run';
import { useSendFollowUp } from '@/components/steering/use-send-follow-up';
import { whatHappens } from '@/components/steering/what-happens';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { ButtonLink } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { TextArea } from '@/components/ui/field';
import { Notice } from '@/components/ui/notice';

/** Below a conversation: what waits for its turn, and what comes next in it. */
export function Composer({ run, workspace }: { run: RunView; workspace: WorkspaceView | undefined }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const queue = useFollowUps(run.id);
  const newest = queue.data?.newestRun;
  useNextRun(run, queue.data, field);
  return (
    <div className="sticky bottom-14 flex shrink-0 flex-col gap-2 bg-canvas md:static">
      <InterruptKey run={run} />
      {newest && newest.id !== run.id && (
        <p role="status" className="text-sm text-ink-soft">
          This conversation goes on in{' '}
          <Link href={`/workspaces/${run.workspaceId}/runs/${newest.id}`} className="font-medium text-accent underline underline-offset-2">
            run #{newest.number}
          </Link>
          .
        </p>
      )}
      {queue.isError && <FailureNotice message={errorSentence(queue.error)} kind={errorKind(queue.error)} onRetry={() => void queue.refetch()} />}
      {queue.data && <QueueList runId={run.id} queue={queue.data} />}
      {run.variant?.isArchived ? (
        <ArchivedVariant groupId={run.variant.groupId} />
      ) : (
        <SendBox run={run} note={queue.data ? whatHappens(queue.data, workspace?.status, run.filesAway?.state) : ''} isOn={newest ? !isFinal(newest.status) : !isFinal(run.status)} others={queue.data?.waiting.length ?? 0} field={field} />
      )}
    </div>
  );
}

/** In place of the field: nothing would be done with what is sent. */
function ArchivedVariant({ groupId }: { groupId: string }) {
  const action = (
    <ButtonLink size="small" href={`/variants/${groupId}`}>
      Compare and restore
    </ButtonLink>
  );
  return <Notice action={action}>Another variant was chosen, so this one is archived. It can go on when it was restored.</Notice>;
}

interface SendBoxProps {
  run: RunView;
  /** What becomes of what is sent now. */
  note: string;
  /** A run of the conversation is on. */
  isOn: boolean;
  others: number;
  field: RefObject<HTMLTextAreaElement | null>;
}

function SendBox({ run, note, isOn, others, field }: SendBoxProps) {
  const sending = useSendFollowUp(run);
  const goToEnd = useGoToEnd();
  const submit = (now: boolean) => {
    const sent = sending.submit(now);
    if (sent) goToEnd();
    return sent;
  };
  const send = { ...sending, submit };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    send.submit(false);
  };
  return (
    <section aria-label="Follow-up" className="flex flex-col rounded-lg border border-control bg-surface focus-within:border-accent">
      <TextArea
        ref={field}
        aria-label="What comes next?"
        aria-describedby="composer-note"
        placeholder="What comes next?"
        rows={2}
        value={send.text}
        onChange={(event) => send.change(event.target.value)}
        onKeyDown={onKeyDown}
        className="max-h-[30dvh] min-h-14 resize-none border-0 bg-transparent !outline-none field-sizing-content"
      />
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 px-2 pb-2">
        <ChoiceBar choices={send.choices} usual={run} onChange={send.choose} />
        <p id="composer-note" className="min-h-4 min-w-0 flex-1 basis-40 px-1 text-xs text-ink-faint">
          {send.problem ? (
            <span role="alert" className="text-state-failed">
              {send.problem}
            </span>
          ) : (
            note
          )}
        </p>
        <SendButtons send={send} isOn={isOn} others={others} />
      </div>
      {send.error && (
        <div className="px-3 pb-3">
          <FailureNotice message={errorSentence(send.error)} kind={errorKind(send.error)} />
        </div>
      )}
    </section>
  );
}
