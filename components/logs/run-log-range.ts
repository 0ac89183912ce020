import type { ErrorKind } from '@/contract/error-kind';
import { errorKindSchema } from '@/contract/error-kind';
import type { LogStream } from '@/contract/run-log';

/** Text of bytes [from, to) of a masked log file. */
export interface LogRange {
  text: string;
  from: number;
  to: number;
}

/** A byte-range request that was refused or failed, in words. */
export class LogRangeError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string) {
    super(message);
    this.name = 'LogRangeError';
    this.kind = kind;
  }
}

const newline = 10;

/** The address that serves a run's masked output by byte range; without a range it is the whole file. */
export function runLogUrl(runId: string, stream: LogStream): string {
  return `/api/runs/${runId}/log?stream=${stream}`;
}

/** The last `bytes` of a file, from the start of a line where there is one. An absent or empty file gives an empty range. */
export async function readLogTail(runId: string, stream: LogStream, bytes: number, signal?: AbortSignal): Promise<LogRange> {
  const { body, from } = await requestRange(runId, stream, `bytes=-${bytes}`, signal);
  return decode(from > 0 ? skipToLine(body) : { body, skipped: 0 }, from);
}

/** Bytes [from, to); may be shorter when the file is. Starts exactly at `from`. */
export async function readLogRange(runId: string, stream: LogStream, from: number, to: number, signal?: AbortSignal): Promise<LogRange> {
  const { body } = await requestRange(runId, stream, `bytes=${from}-${to - 1}`, signal);
  const end = from + body.length < to ? wholeCharacters(body) : body.length;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(0, end));
  return { text, from, to: from + end };
}

async function requestRange(runId: string, stream: LogStream, range: string, signal?: AbortSignal): Promise<{ body: Uint8Array; from: number }> {
  const response = await fetch(runLogUrl(runId, stream), { headers: { Range: range }, signal: signal ?? null, cache: 'no-store' });
  if (response.status === 416) return { body: new Uint8Array(), from: totalOf(response) };
  if (!response.ok) throw await refusal(response);
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return { body: new Uint8Array(await response.arrayBuffer()), from: Number(start ?? 0) };
}

function totalOf(response: Response): number {
  return Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0);
}

async function refusal(response: Response): Promise<LogRangeError> {
  const body: unknown = await response.json().catch(() => null); // a proxy may answer with HTML
  const said = typeof body === 'object' && body !== null ? (body as { message?: unknown; error?: unknown; kind?: unknown }) : {};
  const kind = errorKindSchema.safeParse(said.kind);
  const message = [said.message, said.error].find((text) => typeof text === 'string');
  return new LogRangeError(kind.success ? kind.data : kindOfStatus(response.status), message ?? `The log could not be read (HTTP ${response.status}).`);
}

function kindOfStatus(status: number): ErrorKind {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  return 'unavailable';
}

/** Drops the broken line at the start; in a line longer than the piece, only the rest of a broken character. */
function skipToLine(body: Uint8Array): { body: Uint8Array; skipped: number } {
  const at = body.indexOf(newline);
  const skipped = at >= 0 && at < body.length - 1 ? at + 1 : continuationBytes(body);
  return { body: body.subarray(skipped), skipped };
}

function continuationBytes(body: Uint8Array): number {
  let count = 0;
  while (count < 3 && ((body[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}

/** Decodes without the start of a character that the file does not have in full yet; the subscription brings it. */
function decode(cut: { body: Uint8Array; skipped: number }, from: number): LogRange {
  const end = wholeCharacters(cut.body);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(cut.body.subarray(0, end));
  return { text, from: from + cut.skipped, to: from + cut.skipped + end };
}

/** Length of the bytes without an incomplete UTF-8 character at their end. Invalid bytes count as whole. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf5 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
