import type { ErrorKind } from '@/contract/error-kind';

/** The one error that the program ends with on purpose: `message` is a sentence for the person at the terminal, `kind` decides the exit code. */
export class CliError extends Error {
  readonly kind: ErrorKind;
  /** After how many seconds asking again makes sense, where the server said so. */
  readonly retryAfterSeconds: number | null;

  constructor(kind: ErrorKind, message: string, options: { cause?: unknown; retryAfterSeconds?: number | null } = {}) {
    super(message, options);
    this.name = 'CliError';
    this.kind = kind;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** True for a failure that may be over in a moment: the connection broke, Anyon is being restarted, or it asks for patience. */
export function mayPass(error: unknown): boolean {
  return error instanceof CliError && ['unavailable', 'internal', 'limit_reached'].includes(error.kind);
}
