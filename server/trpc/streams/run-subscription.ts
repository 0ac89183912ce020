import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape, isTrackedEnvelope, type AnyTRPCRouter } from '@trpc/server';
import type { SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';
import type { Context } from '@/server/trpc/context';

/**
 * Runs one subscription of a tab as if it had come alone: the same router, context, checks, limits and shape of error. It never throws: what it is refused
 * with, or fails with, is its last event. Nothing can be reached by it that is not a subscription of the router.
 */
export async function* runSubscription(router: AnyTRPCRouter, { id, path, input }: SubscriptionInput, ctx: Context, signal: AbortSignal): AsyncGenerator<TabStreamEvent, void, undefined> {
  try {
    const source = (await callTRPCProcedure({ router, path, type: 'subscription', getRawInput: async () => input, ctx, signal, batchIndex: 0 })) as AsyncIterable<unknown>;
    if (signal.aborted) return;
    yield { kind: 'started', id };
    for await (const item of source) yield isTrackedEnvelope(item) ? { kind: 'data', id, eventId: item[0], data: item[1] } : { kind: 'data', id, eventId: null, data: item };
    if (!signal.aborted) yield { kind: 'done', id };
  } catch (cause) {
    if (signal.aborted) return;
    const error = getTRPCErrorFromUnknown(cause);
    yield { kind: 'error', id, error: getTRPCErrorShape({ config: router._def._config, error, type: 'subscription', path, input, ctx }) };
  }
}
