import { randomUUID } from 'node:crypto';
import type { Actor } from '@/contract/actor';
import { isFinal } from '@/contract/run';
import type { LogStream } from '@/contract/run-log';
import type { TokenHolder } from '@/contract/public-api-shapes';
import { requireTokenActor } from '@/server/auth/token-actor';
import { AnyonError } from '@/server/errors';
import { withLogIds } from '@/server/log';
import { limitRate } from '@/server/rate-limits';
import { requireRunAccess } from '@/server/runs/access';
import { runLogPath } from '@/server/runs/log-index/read-log-lines';
import { assertLogIsKept } from '@/server/runs/removed-parts';
import { readRunLogRange } from '@/server/runs/run-log-range';
import { withCaller } from '@/server/tracing';
import { callProcedure } from '@/server/trpc/public-api/call-procedure';
import { carryOutOnce } from '@/server/trpc/public-api/carry-out-once';
import { eventStream } from '@/server/trpc/public-api/event-stream';
import { matchEndpoint, type MatchedEndpoint } from '@/server/trpc/public-api/match-endpoint';
import { pageOfList } from '@/server/trpc/public-api/page-of-list';
import { problemResponse } from '@/server/trpc/public-api/problem';
import { readInput } from '@/server/trpc/public-api/read-input';

/** Of one token, whatever it asks for; what costs something has its person's own limit besides. */
const RATE = { points: 600, seconds: 60 };

/**
 * The public API: one address for each entry of contract/public-api.ts, carried out by the same procedure as in the pages. Whoever sends no
 * token that counts is told nothing else; cookies are not looked at, and no other site's page may read an answer.
 */
export function handlePublicRequest(request: Request): Promise<Response> {
  const requestId = randomUUID();
  return withLogIds({ requestId }, async () => {
    const response = await withCaller(request.headers.get('traceparent'), async () => answer(request, requestId)).catch((error: unknown) => problemResponse(error, 'public-api', requestId));
    response.headers.set('x-request-id', requestId);
    return response;
  });
}

async function answer(request: Request, requestId: string): Promise<Response> {
  const actor = await requireTokenActor(request.headers);
  await limitRate('api token', actor.sessionId, RATE);
  const matched = matchEndpoint(request.method, new URL(request.url).pathname);
  assertScope(actor, matched);
  const input = await readInput(request, matched);
  const { endpoint } = matched;
  if (endpoint.procedure === null) return json(holderOf(actor), 200);
  if (endpoint.answers === 'bytes') return logBytes(request, actor, input as { runId: string; stream: LogStream });
  if (endpoint.answers === 'events') return followed(request, actor, matched, input, requestId);
  if (endpoint.answers === 'page') return json(await pageOfList(actor, matched, input), 200);
  return json(await carriedOut(request, actor, matched, input), endpoint.status ?? 200);
}

/** The procedure asks again; here it is asked before the input is looked at. */
function assertScope({ token }: Actor, { endpoint: { scope } }: MatchedEndpoint): void {
  if (scope === null || token?.scopes.includes(scope)) return;
  throw new AnyonError('forbidden', `This token may not be used for this: it needs the scope “${scope}”. Make one that has it under Settings → API tokens.`);
}

function carriedOut(request: Request, actor: Actor, { name, endpoint }: MatchedEndpoint, input: unknown): Promise<unknown> {
  const work = () => callProcedure(actor, endpoint.procedure ?? '', input);
  const key = request.headers.get('idempotency-key');
  if (!endpoint.idempotent || key === null) return work();
  return carryOutOnce({ name, actor, key, authorization: request.headers.get('authorization') ?? '', input }, work);
}

async function logBytes(request: Request, actor: Actor, { runId, stream }: { runId: string; stream: LogStream }): Promise<Response> {
  const { run } = await requireRunAccess(actor, runId);
  assertLogIsKept(run);
  return readRunLogRange(request, { path: runLogPath(run.id, stream), final: isFinal(run.status) });
}

async function followed(request: Request, actor: Actor, { endpoint }: MatchedEndpoint, input: Record<string, unknown>, requestId: string): Promise<Response> {
  const leave = new AbortController();
  request.signal.addEventListener('abort', () => leave.abort(), { once: true });
  const path = endpoint.procedure ?? '';
  const events = (await callProcedure(actor, path, { ...input, lastEventId: request.headers.get('last-event-id') }, leave.signal)) as AsyncIterable<unknown>;
  return eventStream({ events, leave, path, requestId });
}

function holderOf({ userId, login, token }: Actor): TokenHolder {
  if (!token) throw new Error('Only a token comes here.');
  return { person: { id: userId, login }, token: { id: token.id, name: token.name, scopes: [...token.scopes], expiresAt: token.expiresAt } };
}

function json(body: unknown, status: number): Response {
  return Response.json(body, { status, headers: { 'cache-control': 'no-store' } });
}
