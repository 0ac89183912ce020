import { errorKindSchema, type ErrorKind } from '@/contract/error-kind';

/** The kind that the server gave an error; null for one that never reached it (no network, server away). */
export function errorKind(error: unknown): ErrorKind | null {
  const data = typeof error === 'object' && error !== null ? (error as { data?: { kind?: unknown } | null }).data : null;
  const kind = errorKindSchema.safeParse(data?.kind);
  return kind.success ? kind.data : null;
}

/** A sentence for an error: the server's own words, or that it cannot be reached. */
export function errorSentence(error: unknown): string {
  if (errorKind(error) !== null && error instanceof Error) return error.message;
  if (typeof navigator !== 'undefined' && navigator.onLine === false) return 'This browser is offline. Nothing is lost; try again when the connection is back.';
  return 'The server does not answer. Check your connection; this page goes on by itself when it is back.';
}
