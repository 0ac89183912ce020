import type { ErrorKind } from '@/contract/error-kind';
import { isAnyonError } from '@/server/errors';
import { log } from '@/server/log';

const statuses: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  conflict: 409,
  limit_reached: 429,
  precondition: 412,
  unavailable: 503,
  internal: 500,
};

/** What a route handler answers with when something was thrown: `{ kind, message }`. Whatever was not thrown on purpose is logged, not told. */
export function errorResponse(error: unknown): Response {
  const known = isAnyonError(error) && error.kind !== 'internal';
  if (!known) log().error({ err: error }, 'a request failed unexpectedly');
  const kind = known ? error.kind : 'internal';
  const message = known ? error.message : 'Something went wrong on the server. Try again; if it stays like this, look in the log.';
  return Response.json({ kind, message }, { status: statuses[kind], headers: { 'Cache-Control': 'no-store' } });
}
