'use client';

import { useRef } from 'react';
import type { FollowUpQueue } from '@/contract/follow-up';
import { isFinal } from '@/contract/run';
import { QueueRow } from '@/components/steering/queue-row';
import { useQueueActions } from '@/components/steering/use-follow-ups';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Button } from '@/components/ui/button';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';

/** What waits in the conversation, in its order: to be changed, moved, taken back, and let go on where it holds. */
export function QueueList({ runId, queue }: { runId: string; queue: FollowUpQueue }) {
  const actions = useQueueActions(runId);
  const list = useRef<HTMLOListElement>(null);
  const { waiting, newestRun } = queue;
  if (waiting.length === 0) return null;
  const failure = [actions.change, actions.move, actions.cancel, actions.goOn].find(({ isError }) => isError)?.error;
  const heldBecause = isFinal(newestRun.status) ? waiting[0]?.heldBecause : null;
  const move = (index: number, by: -1 | 1) => {
    const followUp = waiting[index];
    const neighbour = waiting[index + by];
    if (!followUp || !neighbour || actions.move.isPending) return;
    const before = by === -1 ? neighbour.id : (waiting[index + 2]?.id ?? null);
    // The buttons go along with what they move; the one that was pressed keeps the focus, or its neighbour where it is off at the end.
    const refocus = () => requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-follow-up="${followUp.id}"] button:not(:disabled)[data-move="${by}"], [data-follow-up="${followUp.id}"] button:not(:disabled)[data-move]`)?.focus());
    actions.move.mutate({ runId, followUpId: followUp.id, before }, { onSuccess: refocus });
  };
  return (
    <section aria-label="Follow-ups that wait" className="flex max-h-[35dvh] shrink-0 flex-col gap-1 overflow-y-auto">
      {heldBecause && (
        <Notice
          kind="waiting"
          action={
            <Button size="small" variant="primary" busy={actions.goOn.isPending} onClick={() => actions.goOn.mutate({ runId })}>
              Go on with the queue
            </Button>
          }
        >
          {heldBecause}
        </Notice>
      )}
      {failure && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
      <ol ref={list} className="divide-y divide-line rounded-lg border border-line bg-surface">
        {waiting.map((followUp, index) => (
          <QueueRow
            key={followUp.id}
            followUp={followUp}
            place={index + 1}
            isLast={index === waiting.length - 1}
            onMove={(by) => move(index, by)}
            onChange={(prompt) => actions.change.mutateAsync({ runId, followUpId: followUp.id, prompt })}
            onCancel={() => actions.cancel.mutate({ runId, followUpId: followUp.id })}
          />
        ))}
      </ol>
    </section>
  );
}
