import { isTrackedEnvelope, type TrackedEnvelope } from '@trpc/server';
import { problemOf } from '@/server/trpc/public-api/problem';

/** Proxies close connections on which nothing is said for a minute. */
const PING_EVERY_MS = 15_000;
const LONGEST_MS = 30 * 60_000;
const opening = 'retry: 1000\n\n';

export interface StreamedEvents {
  events: AsyncIterable<unknown>;
  /** Ends `events`, which must let go of everything. */
  leave: AbortController;
  path: string;
  requestId: string;
}

/**
 * Server-sent events out of what a subscription yields, each with its id, pulled by the reader: one that stalls holds one event. Whatever
 * fails is told as an event `problem`; after half an hour the stream is closed, and the reader comes back with Last-Event-ID.
 */
export function eventStream({ events, leave, path, requestId }: StreamedEvents): Response {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  const timers: { ping?: NodeJS.Timeout; end?: NodeJS.Timeout } = {};
  const stop = () => {
    clearInterval(timers.ping);
    clearTimeout(timers.end);
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(opening));
      timers.ping = setInterval(() => { if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': still there\n\n')); }, PING_EVERY_MS);
      timers.end = setTimeout(() => leave.abort(), LONGEST_MS);
    },
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (!done) return controller.enqueue(encoder.encode(textOf(value)));
      } catch (error) {
        if (!leave.signal.aborted) controller.enqueue(encoder.encode(`event: problem\ndata: ${JSON.stringify(problemOf(error, path, requestId))}\n\n`));
      }
      stop();
      controller.close();
    },
    async cancel() {
      stop();
      leave.abort();
      await iterator.return?.();
    },
  });
  // no-transform keeps Next and proxies from compressing, and so holding back.
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } });
}

function textOf(value: unknown): string {
  if (!isTrackedEnvelope(value as TrackedEnvelope<unknown>)) return `data: ${JSON.stringify(value)}\n\n`;
  const [id, data] = value as TrackedEnvelope<unknown>;
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
