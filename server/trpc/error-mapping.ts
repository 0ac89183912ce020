import { randomUUID } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { ErrorKind } from '@/contract/error-kind';
import { isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';

type Code = TRPCError['code'];

const codes: Record<ErrorKind, Code> = {
  invalid: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  // tRPC has no word for what was there once; the kind says it.
  gone: 'NOT_FOUND',
  not_found: 'NOT_FOUND',
  conflict: 'CONFLICT',
  limit_reached: 'TOO_MANY_REQUESTS',
  precondition: 'PRECONDITION_FAILED',
  unavailable: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
};

/** What tRPC itself refuses with, in our words. Codes that are not here are defects: `internal`. */
const kinds: Partial<Record<Code, ErrorKind>> = {
  ...(Object.fromEntries(Object.entries(codes).map(([kind, code]) => [code, kind])) as Partial<Record<Code, ErrorKind>>),
  PARSE_ERROR: 'invalid',
  METHOD_NOT_SUPPORTED: 'invalid',
  UNSUPPORTED_MEDIA_TYPE: 'invalid',
  UNPROCESSABLE_CONTENT: 'invalid',
  PAYLOAD_TOO_LARGE: 'limit_reached',
  CLIENT_CLOSED_REQUEST: 'unavailable',
  TIMEOUT: 'unavailable',
};

/** The kind that a mapped error carries to the browser. */
export function errorKind(error: TRPCError): ErrorKind {
  if (isAnyonError(error.cause)) return error.cause.kind;
  return kinds[error.code] ?? 'internal';
}

/** Messages by input field (`limits.memoryBytes`); null when the error is not about input. The empty name is the input as a whole. */
export function errorFields(error: TRPCError): Record<string, string[]> | null {
  if (!(error.cause instanceof z.ZodError)) return null;
  const fields: Record<string, string[]> = {};
  for (const issue of error.cause.issues) (fields[issue.path.join('.')] ??= []).push(issue.message);
  return fields;
}

/**
 * Turns whatever was thrown into what a caller may see: an `AnyonError` keeps its sentence and gets its code, wrong input
 * gets the first complaint, tRPC's own refusals stay, and everything else is logged and becomes one sentence with a
 * reference. Asked twice about one error it gives the same answer and logs once.
 */
export function mapError(error: TRPCError, path: string | undefined): TRPCError {
  const known = answers.get(error);
  if (known) return known;
  const answer = answerTo(error, path);
  answers.set(error, answer);
  answers.set(answer, answer);
  return answer;
}

const answers = new WeakMap<TRPCError, TRPCError>();

function answerTo(error: TRPCError, path: string | undefined): TRPCError {
  const { cause } = error;
  if (isAnyonError(cause) && cause.kind !== 'internal') return new TRPCError({ code: codes[cause.kind], message: maskTokens(cause.message), cause });
  if (error.code !== 'INTERNAL_SERVER_ERROR') {
    const complaint = cause instanceof z.ZodError ? cause.issues[0]?.message : undefined;
    return complaint ? new TRPCError({ code: error.code, message: maskTokens(complaint), cause }) : error;
  }
  const reference = randomUUID().slice(0, 8);
  log().error({ err: cause ?? error, path, reference }, 'a call failed unexpectedly');
  const message = `Something went wrong on the server. Try again; if it stays like this, look for ${reference} in the log.`;
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message });
}
