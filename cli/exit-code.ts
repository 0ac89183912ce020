import type { ErrorKind } from '@/contract/error-kind';

/** What the program ends with. Scripts are written against these numbers (docs/CLI.md): they never change their meaning. */
export const EXIT = {
  done: 0,
  /** The run that was followed did not succeed, or some of a batch failed. */
  unsuccessful: 1,
  wrongUse: 2,
  notAllowed: 3,
  notFound: 4,
  /** Anyon does not do it in this state of things, or not so often. */
  refused: 5,
  /** Anyon cannot be reached, or something broke there. */
  unreachable: 6,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;

const codes: Record<ErrorKind, number> = {
  invalid: EXIT.wrongUse,
  unauthenticated: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  not_found: EXIT.notFound,
  gone: EXIT.notFound,
  conflict: EXIT.refused,
  limit_reached: EXIT.refused,
  precondition: EXIT.refused,
  unavailable: EXIT.unreachable,
  internal: EXIT.unreachable,
};

/** The exit code for a failure of this kind. */
export function exitCodeOf(kind: ErrorKind): number {
  return codes[kind];
}
