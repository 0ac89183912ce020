import { getTRPCErrorFromUnknown } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { ErrorKind } from '@/contract/error-kind';
import type { PublicProblem } from '@/contract/public-api-endpoint';
import { errorFields, errorKind, mapError } from '@/server/trpc/error-mapping';
import { retryAfterSeconds } from '@/server/trpc/rate-limited';

const titles: Record<ErrorKind, string> = {
  invalid: 'The request is wrong',
  unauthenticated: 'Not signed in',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  gone: 'No longer kept',
  conflict: 'Not possible at the same time',
  limit_reached: 'A limit is reached',
  precondition: 'Not possible in this state',
  unavailable: 'Not available at the moment',
  internal: 'Something went wrong',
};

/** What a caller may know of whatever was thrown: the same sentence and kind as in the product's own pages. */
export function problemOf(error: unknown, path: string, requestId: string): PublicProblem {
  const answer = mapError(getTRPCErrorFromUnknown(error), path);
  const kind = errorKind(answer);
  const fields = errorFields(answer);
  return { title: titles[kind], status: kind === 'gone' ? 410 : getHTTPStatusCodeFromError(answer), detail: answer.message, kind, ...(fields && { fields }), requestId };
}

/** A refusal as an answer. */
export function problemResponse(error: unknown, path: string, requestId: string): Response {
  const problem = problemOf(error, path, requestId);
  const wait = retryAfterSeconds([{ cause: error instanceof Error && error.cause ? error.cause : error }]);
  const headers = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(wait !== null && { 'retry-after': String(wait) }),
  };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
