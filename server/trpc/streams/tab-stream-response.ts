import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import type { TabStreamEvent } from '@/contract/tab-stream';
import type { Context } from '@/server/trpc/context';
import { appRouter } from '@/server/trpc/router';
import { stringify } from '@/server/trpc/serialize';
import { eventFrame, streamFrame } from '@/server/trpc/streams/tab-stream-frame';

const PATH = 'streams.follow';
const config = appRouter._def._config;
const { ping, client, maxDurationMs } = config.sse ?? {};

/** True for a request that opens the stream of a tab. */
export function opensTabStream(request: Request): boolean {
  if (request.method !== 'GET') return false;
  const { pathname, searchParams } = new URL(request.url);
  return pathname === `/api/trpc/${PATH}` && !searchParams.has('batch');
}

/**
 * The stream of a tab, in the words of the client library, from the same procedure with the same checks. The library's own producer sends each event
 * through three streams and in several pieces; here a frame is pulled by the connection, as bytes and in one piece (decision 0042).
 */
export function tabStreamResponse(request: Request, options: { context: () => Promise<Context>; headers: Record<string, string> }): Response {
  const left = new AbortController();
  const signal = AbortSignal.any([request.signal, left.signal]);
  const frames = framesOf(request, options.context, signal);
  const limit = setTimeout(() => left.abort(), maxDurationMs).unref();
  // A reader that stalls holds it at a frame: there nothing but this makes it let go of what it follows.
  const end = (): void => {
    clearTimeout(limit);
    void frames.return();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const { done, value } = await frames.next();
    if (!done) return controller.enqueue(value);
    clearTimeout(limit);
    controller.close();
  };
  const body = new ReadableStream<Uint8Array>({ pull, cancel: () => left.abort() }, { highWaterMark: 0 });
  // no-transform keeps Next and proxies from compressing, and so holding back.
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no', connection: 'keep-alive', vary: 'trpc-accept, accept', ...options.headers };
  return new Response(body, { headers });
}

/** Whatever the stream is refused or ends with is its last frame, unless its reader has left or it has lasted long enough: then it just ends, and the tab comes back. */
async function* framesOf(request: Request, context: () => Promise<Context>, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  yield streamFrame('connected', JSON.stringify(client ?? {}));
  let ctx: Context | undefined;
  try {
    ctx = await context();
    const getRawInput = async (): Promise<unknown> => inputOf(request);
    const events = (await callTRPCProcedure({ router: appRouter, path: PATH, type: 'subscription', getRawInput, ctx, signal, batchIndex: 0 })) as AsyncIterable<TabStreamEvent>;
    for await (const event of withPings(events, signal)) yield event === null ? streamFrame('ping') : eventFrame(event);
    if (!signal.aborted) yield streamFrame('return');
  } catch (cause) {
    if (signal.aborted) return;
    const error = getTRPCErrorFromUnknown(cause);
    const shape = getTRPCErrorShape({ config, error, type: 'subscription', path: PATH, input: undefined, ctx });
    yield streamFrame('serialized-error', stringify(shape));
  }
}

function inputOf(request: Request): unknown {
  const text = new URL(request.url).searchParams.get('input');
  if (text === null) return undefined;
  try {
    return superjson.deserialize(JSON.parse(text));
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'The input is not what was to be sent: JSON.', cause });
  }
}

/** Null where nothing came for so long that proxies and the browser would think that nobody is there. */
async function* withPings(events: AsyncIterable<TabStreamEvent>, signal: AbortSignal): AsyncGenerator<TabStreamEvent | null, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    while (!signal.aborted) {
      const result = await within(next, ping?.intervalMs ?? 10_000);
      if (result === null) {
        yield null;
        continue;
      }
      if (result.done) return;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    next.catch(() => undefined); // nobody is there to be told
    await iterator.return?.();
  }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const quiet = new Promise<null>((resolve) => (timer = setTimeout(resolve, milliseconds, null)));
  try {
    return await Promise.race([work, quiet]);
  } finally {
    clearTimeout(timer);
  }
}
