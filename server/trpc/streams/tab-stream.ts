import { randomUUID } from 'node:crypto';
import type { AnyTRPCRouter } from '@trpc/server';
import type { Actor } from '@/contract/actor';
import { BUILD } from '@/contract/build';
import { MAX_SUBSCRIPTIONS, type ChangeTabStreamInput, type SubscriptionInput, type TabStreamEvent } from '@/contract/tab-stream';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';
import { FairMerge } from '@/server/trpc/streams/fair-merge';
import { runSubscription } from '@/server/trpc/streams/run-subscription';

interface OpenStream {
  sessionId: string;
  merge: FairMerge<TabStreamEvent>;
  /** Numbers that were given to a subscription or taken back: a change that is sent again finds them here. */
  used: Set<number>;
}

/** The tab streams of this process, by id. */
function openStreams(): Map<string, OpenStream> {
  return processState('tab-streams', () => new Map<string, OpenStream>());
}

/** All that a tab follows, as one stream, until the signal fires. It says its id first: by that the tab adds to it and takes away from it. */
export async function* followTabStream(router: AnyTRPCRouter, actor: Actor, subscriptions: readonly SubscriptionInput[], signal: AbortSignal): AsyncGenerator<TabStreamEvent, void, undefined> {
  const streamId = randomUUID();
  const stream: OpenStream = { sessionId: actor.sessionId, merge: new FairMerge(), used: new Set() };
  const close = () => stream.merge.close();
  signal.addEventListener('abort', close, { once: true });
  openStreams().set(streamId, stream);
  try {
    if (signal.aborted) return;
    add(stream, router, actor, subscriptions);
    yield { kind: 'opened', streamId, build: BUILD };
    yield* stream.merge;
  } finally {
    openStreams().delete(streamId);
    signal.removeEventListener('abort', close);
    close();
  }
}

/** Adds to a stream of the same browser session, and takes away from it. What comes of it, a refusal too, comes by the stream. */
export function changeTabStream(router: AnyTRPCRouter, actor: Actor, change: ChangeTabStreamInput): void {
  const stream = openStreams().get(change.streamId);
  if (stream?.sessionId !== actor.sessionId) throw new AnyonError('not_found', 'This stream has ended. The page opens another one by itself.');
  for (const id of change.drop) {
    stream.used.add(id);
    stream.merge.drop(id);
  }
  add(stream, router, actor, change.add);
}

function add({ merge, used }: OpenStream, router: AnyTRPCRouter, actor: Actor, subscriptions: readonly SubscriptionInput[]): void {
  const fresh = subscriptions.filter(({ id }) => !used.has(id));
  if (merge.size + fresh.length > MAX_SUBSCRIPTIONS) throw new AnyonError('limit_reached', `A tab follows ${MAX_SUBSCRIPTIONS} things at most. Close some of what is open on this page.`);
  for (const subscription of fresh) {
    used.add(subscription.id);
    const left = new AbortController();
    merge.add(subscription.id, runSubscription(router, subscription, { actor }, left.signal), () => left.abort());
  }
}
