import type { ErrorKind } from '@/contract/error-kind';
import { isQueryFailure } from '@/server/query-failure';

/**
 * The one error type that domain code throws. `message` is a sentence a person can act on and is safe to show;
 * `cause` is for the log only. Mapped to tRPC and HTTP in one place each.
 */
export class AnyonError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AnyonError';
    this.kind = kind;
  }
}

/** True for errors that domain code threw on purpose; everything else is a defect or a failing dependency. */
export function isAnyonError(error: unknown): error is AnyonError {
  return error instanceof AnyonError;
}

/** A short text of anything that was thrown, for logs and for reasons that are stored. Never a stack. Of a failed query it is what the database or the way to it has said. */
export function describeError(error: unknown): string {
  if (error instanceof Error && isQueryFailure(error)) return error.cause === undefined ? 'The query failed.' : describeError(error.cause);
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}
