'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { OctagonX, RefreshCw } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { BatchWithItems } from '@/contract/batch';
import { BatchItems } from '@/components/batches/batch-items';
import { BatchCounts, BatchProgress } from '@/components/batches/batch-progress';
import { actionWords, batchLook, batchTitle } from '@/components/batches/batch-words';
import { Breadcrumb, PageColumn } from '@/components/frame/page-header';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Notice } from '@/components/ui/notice';
import { count } from '@/components/ui/quantities';
import { Elapsed, RelativeTime } from '@/components/ui/relative-time';
import { StateBadge } from '@/components/ui/state-badge';

/** One batch: how far it is, what came of each workspace, and what can be done about the rest. */
export function BatchPage({ batchId }: { batchId: string }) {
  const trpc = useTRPC();
  const batch = useQuery(trpc.batches.byId.queryOptions({ batchId }, { refetchInterval: (query) => (query.state.data?.finishedAt ? false : 3_000) }));
  return (
    <PageColumn>
      <Breadcrumb
        parents={[
          { href: '/workspaces', label: 'Workspaces' },
          { href: '/batches', label: 'Batches' },
        ]}
      />
      <Loaded query={batch} height="h-80">
        {(data) => <OpenBatch batch={data} />}
      </Loaded>
    </PageColumn>
  );
}

function OpenBatch({ batch }: { batch: BatchWithItems }) {
  return (
    <>
      <header className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <h1 className="text-xl font-semibold">{batchTitle(batch)}</h1>
          <BatchActions batch={batch} />
        </div>
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-soft">
          <span aria-live="polite" className="inline-flex">
            <StateBadge look={batchLook(batch)} />
          </span>
          <span>
            Asked for by {batch.requestedBy} <RelativeTime date={batch.createdAt} />
          </span>
          <span>
            {batch.finishedAt ? 'Took ' : 'For '}
            <Elapsed from={batch.createdAt} to={batch.finishedAt} />
          </span>
          {batch.retryOfId && (
            <Link href={`/batches/${batch.retryOfId}`} className="text-accent underline underline-offset-2">
              Repeats what had failed before
            </Link>
          )}
        </div>
        <BatchProgress batch={batch} />
        <p className="text-sm">
          <BatchCounts batch={batch} />
        </p>
      </header>
      {batch.statusReason && <Notice kind={batch.status === 'broken' ? 'failure' : 'info'}>{batch.statusReason}</Notice>}
      <BatchItems items={batch.items} action={batch.action} />
    </>
  );
}

function BatchActions({ batch }: { batch: BatchWithItems }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: trpc.batches.pathKey() });
  const stop = useMutation(trpc.batches.stop.mutationOptions({ onSettled: refresh }));
  const retry = useMutation(
    trpc.batches.retryFailed.mutationOptions({
      onSuccess: ({ batchId }) => {
        refresh();
        router.push(`/batches/${batchId}`);
      },
    }),
  );
  const failure = stop.error ?? retry.error;
  const { pending, working, failed, cancelled } = batch.counts;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {batch.status === 'running' && (
        <Button variant="danger" busy={stop.isPending} icon={<OctagonX aria-hidden className="size-4" />} onClick={() => setAsking(true)}>
          Stop the rest
        </Button>
      )}
      {batch.status !== 'running' && failed + cancelled > 0 && (
        <Button variant="primary" busy={retry.isPending || retry.isSuccess} icon={<RefreshCw aria-hidden className="size-4" />} onClick={() => retry.mutate({ batchId: batch.id })}>
          {failed > 0 ? `Retry the ${failed} that failed${cancelled > 0 ? ' and do the rest' : ''}` : `Do the ${cancelled} that were left`}
        </Button>
      )}
      {failure && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
      <Dialog open={asking} onClose={() => setAsking(false)} title="Stop the rest?">
        <p className="text-ink-soft">
          {count(pending, 'workspace')} {pending === 1 ? 'waits' : 'wait'} and will be left as {pending === 1 ? 'it is' : 'they are'}. {working > 0 && `${count(working, 'workspace')} in progress: what has begun there is finished. `}
          {actionWords[batch.action].going} goes no further.
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Go on with it</Button>
          <Button
            variant="danger"
            onClick={() => {
              setAsking(false);
              stop.mutate({ batchId: batch.id });
            }}
          >
            Stop the rest
          </Button>
        </div>
      </Dialog>
    </div>
  );
}
