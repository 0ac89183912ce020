import { z } from 'zod';

export const logStreamSchema = z.enum(['out', 'err']);
export type LogStream = z.infer<typeof logStreamSchema>;

/** Where to go on: byte offsets in the masked files. */
export interface LogPosition {
  out: number;
  err: number;
}

/** The id of a live-log event: `<out offset>.<err offset>` behind the bytes it carries. The browser hands it back to resume. */
export function formatLogPosition(position: LogPosition): string {
  return `${position.out}.${position.err}`;
}

/** Null when the text is not a position that `formatLogPosition` made. */
export function parseLogPosition(text: string): LogPosition | null {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text);
  return match ? { out: Number(match[1]), err: Number(match[2]) } : null;
}

export const followRunLogInput = z.object({
  runId: z.uuid(),
  outFrom: z.number().int().min(0).default(0),
  errFrom: z.number().int().min(0).default(0),
  /** Set by the client library when it reconnects; wins over the two above. */
  lastEventId: z.string().nullish(),
});

/** One event of the live log: a piece of text of one stream, or the end. `to - from` counts bytes of the masked file, not characters. */
export type RunLogEvent =
  | { end: false; stream: LogStream; from: number; to: number; text: string }
  | { end: true; out: number; err: number };
