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

/** A block of the viewer; one request may ask for several. */
export const MAX_LOG_LINES = 1024;
const lineNumber = z.number().int().min(1).max(2 ** 40);

/** Lines `from` to `from + count - 1` of a stream. Lines count from 1. `readable` leaves out the text of lines that the readable view hides. */
export const logLinesInput = z.strictObject({
  runId: z.uuid(),
  stream: logStreamSchema,
  from: lineNumber,
  count: z.number().int().min(1).max(MAX_LOG_LINES),
  readable: z.boolean().default(false),
});
export type LogLinesInput = z.infer<typeof logLinesInput>;

/** The line that holds a byte. */
export const logLineInput = z.strictObject({ runId: z.uuid(), stream: logStreamSchema, offset: z.number().int().min(0).max(2 ** 50) });
export type LogLineInput = z.infer<typeof logLineInput>;

export const logTimesInput = logLinesInput.pick({ runId: true, from: true, count: true });

/** A line as it is sent to be shown: without its line end; `cut` says that more of it is in the log. */
export interface LogLine {
  line: number;
  /** Where it begins in the log, and how long it is there with its line end. */
  offset: number;
  bytes: number;
  /** Null where the readable view hides it. */
  text: string | null;
  cut: boolean;
}

/** Some lines, and the size of the whole stream at that moment. */
export interface LogLinesView {
  lines: LogLine[];
  total: number;
  bytes: number;
}

/** When a line was written, as Claude Code says. */
export interface LogTime {
  line: number;
  at: string;
}

const hiddenStarts = ['{"type":"stream_event"', '{"type":"system","subtype":"status","status":"requesting"', '{"type":"system","subtype":"ui_invalidate"', '{"type":"system","subtype":"thinking_tokens"'];

/** True for the start of a line that is part of a message which comes as a whole later, or a sign of life that says nothing. */
export function isHiddenWhenReadable(start: string): boolean {
  return hiddenStarts.some((hidden) => start.startsWith(hidden));
}

/** `12` or `12-40`: lines of a log as an address names them; null when the text names none. */
export function parseLineRange(text: string): { from: number; to: number } | null {
  const match = /^([1-9]\d{0,11})(?:-([1-9]\d{0,11}))?$/.exec(text);
  if (!match) return null;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return from <= to ? { from, to } : null;
}

/** `out:12` or `out:12-40`: a place in a run's log as an address names it (`?log=`). */
export function parseLogLink(text: string | null): { stream: LogStream; from: number; to: number } | null {
  const [stream, lines] = (text ?? '').split(':', 2);
  const known = logStreamSchema.safeParse(stream);
  const range = parseLineRange(lines ?? '');
  return known.success && range ? { stream: known.data, ...range } : null;
}

export function formatLogLink(stream: LogStream, from: number, to = from): string {
  return `${stream}:${from === to ? from : `${from}-${to}`}`;
}
