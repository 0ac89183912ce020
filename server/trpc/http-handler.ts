import { randomUUID } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { MAX_CALLS_PER_REQUEST } from '@/contract/request';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { withLogIds } from '@/server/log';
import { withCaller } from '@/server/tracing';
import { createContext } from '@/server/trpc/context';
import { crossSiteProblem } from '@/server/trpc/cross-site';
import { withBoundedBody } from '@/server/trpc/request-body';
import { retryAfterSeconds } from '@/server/trpc/rate-limited';
import { appRouter } from '@/server/trpc/router';
import { opensTabStream, tabStreamResponse } from '@/server/trpc/streams/tab-stream-response';

/** A prompt has up to 262,144 characters, of up to six bytes each once escaped. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/**
 * The tRPC API over HTTP. What changes something (POST) is served to our own pages only, as JSON only and with a bounded
 * body: forms of other sites can send the other types without asking. Answers are never cached; each
 * says by which id the log tells of it.
 */
export function handleTrpcRequest(request: Request): Promise<Response> {
  const requestId = randomUUID();
  return withLogIds({ requestId }, () => withCaller(request.headers.get('traceparent'), () => answer(request, requestId)));
}

async function answer(request: Request, requestId: string): Promise<Response> {
  if (opensTabStream(request)) return tabStreamResponse(request, { context: () => createContext({ headers: request.headers }), headers: { 'x-request-id': requestId } });
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  const problem = changes ? refusal(request) : null;
  const bounded = changes && !problem ? await withBoundedBody(request, MAX_BODY_BYTES) : request;
  return fetchRequestHandler({
    endpoint: '/api/trpc',
    req: bounded ?? new Request(request.url, { method: request.method, headers: request.headers }),
    router: appRouter,
    maxBatchSize: MAX_CALLS_PER_REQUEST,
    createContext: () => {
      if (problem) throw problem;
      if (!bounded) throw new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: 'The request is larger than 2 MiB.' });
      return createContext({ headers: request.headers });
    },
    // A stream has its own `no-cache, no-transform`, which keeps Next from compressing and holding it back.
    responseMeta: ({ type, errors }) => {
      const wait = retryAfterSeconds(errors);
      return { headers: { 'x-request-id': requestId, ...(type !== 'subscription' && { 'cache-control': 'no-store' }), ...(wait !== null && { 'retry-after': String(wait) }) } };
    },
  });
}

function refusal(request: Request): Error | null {
  const crossSite = crossSiteProblem(request.headers, env().publicUrl);
  if (crossSite) return new AnyonError('forbidden', crossSite);
  const type = request.headers.get('content-type') ?? '';
  if (/^application\/json\s*(;|$)/i.test(type)) return null;
  return new TRPCError({ code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send changes as application/json.' });
}
