import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';

/** A line longer than this is kept in the log, but its event carries only how long it is. */
export const MAX_EVENT_LINE_BYTES = 1024 * 1024;

/** `kind` of lines that are not a JSON object with a `type`: neighbours of one batch are joined in one event. */
export const TEXT_EVENT = 'text';
/** `kind` of a line longer than MAX_EVENT_LINE_BYTES, which is not looked into. */
export const OVERSIZED_EVENT = 'oversized';

/**
 * One line of a run's output (or several lines of plain text), as masked. Claude Code's kinds are open: unknown kinds, subtypes
 * and fields are normal and are kept.
 */
export const runEventLineSchema = z.object({
  /** Where the line begins in out.log; identifies the event within its run. */
  offset: z.number().int().nonnegative(),
  /** Length with the line end. */
  bytes: z.number().int().positive(),
  kind: z.string().min(1).max(64),
  subtype: z.string().max(64).nullable(),
  /** When the CLI says it happened; only some kinds and versions say it. */
  at: z.iso.datetime({ offset: true }).nullable(),
  /** The line itself, without its end; never contains NUL. Plain text may be cut (see `truncated`); null for oversized lines. */
  payload: z.string().nullable(),
  truncated: z.boolean(),
});

/** `head`: the beginning of an oversized line that may be a question of Claude's; it is looked at when the line comes, and not stored. */
export type RunEventLine = Omit<z.infer<typeof runEventLineSchema>, 'payload'> & { payload: MaskedText | null; head?: MaskedText };
