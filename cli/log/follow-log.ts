import { setTimeout as delay } from 'node:timers/promises';
import { CliError, mayPass } from '@/cli/cli-error';
import type { LogPosition, LogStream, RunLogEvent } from '@/contract/run-log';

/** Where the bytes of a run's log come from. */
export interface LogSource {
  /** The live log from a position on; ends or throws when the connection breaks. */
  events(from: LogPosition, signal: AbortSignal): AsyncIterable<RunLogEvent>;
  /** Bytes `from` to `to` of a stream, as they lie in the log. */
  bytes(stream: LogStream, from: number, to: number, signal: AbortSignal): Promise<Uint8Array>;
}

export interface LogPiece {
  stream: LogStream;
  from: number;
  bytes: Uint8Array;
}

export interface FollowOptions {
  signal: AbortSignal;
  /** Where to begin; absent: at the beginning. */
  from?: LogPosition;
  /** Called when the connection broke, with the number of tries since anything came, and when it is back (0). */
  onBroken?: (tries: number, error: unknown) => void;
  /** How long nothing may come back before it gives up; absent: ten minutes. */
  giveUpMs?: number;
  firstPauseMs?: number;
}

const GIVE_UP_MS = 600_000;
const FIRST_PAUSE_MS = 250;
/** A connection that was open for so long did come about, even if nothing was said over it. */
const HELD_MS = 5_000;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Both streams of a run from a position on, every byte once and in order, however often the connection breaks and whatever an event repeats or leaves
 * out: the position of a byte is its identity. Ends when the run has and everything was passed on, or quietly when the signal fires.
 */
export async function* followLog(source: LogSource, options: FollowOptions): AsyncGenerator<LogPiece, void, undefined> {
  const position: LogPosition = { out: 0, err: 0, ...options.from };
  const { signal } = options;
  let tries = 0;
  let brokenSince = 0;
  while (!signal.aborted) {
    const began = Date.now();
    let held = false;
    try {
      for await (const event of source.events({ ...position }, signal)) {
        if (tries > 0) options.onBroken?.(0, null);
        tries = 0;
        held = true;
        if (event.end) {
          for (const stream of ['out', 'err'] as const) yield* missing(source, stream, position, event[stream], signal);
          return;
        }
        yield* piecesOf(source, event, position, signal);
      }
      held ||= Date.now() - began > HELD_MS;
      if (held) continue; // the server closes what has been open for long
      throw new CliError('unavailable', 'The connection was closed before the end of the log.');
    } catch (error) {
      if (signal.aborted) return;
      if (tries === 0 || held || Date.now() - began > HELD_MS) brokenSince = Date.now();
      if (!mayPass(error) || Date.now() - brokenSince > (options.giveUpMs ?? GIVE_UP_MS)) throw error;
      tries += 1;
      options.onBroken?.(tries, error);
      await delay(pause(tries, error, options.firstPauseMs ?? FIRST_PAUSE_MS), undefined, { signal }).catch(() => undefined); // the loop sees the abort
    }
  }
}

type Piece = Extract<RunLogEvent, { end: false }>;

/** What of an event is new. Text that does not hold the bytes of its range (they were no UTF-8) is asked for as bytes. */
async function* piecesOf(source: LogSource, event: Piece, position: LogPosition, signal: AbortSignal): AsyncGenerator<LogPiece> {
  const { stream, from, to } = event;
  if (to <= position[stream]) return;
  yield* missing(source, stream, position, from, signal);
  const whole = Buffer.from(event.text);
  if (whole.length !== to - from || event.text.includes('\ufffd')) return yield* missing(source, stream, position, to, signal);
  const bytes = whole.subarray(position[stream] - from);
  const piece = { stream, from: position[stream], bytes };
  position[stream] = to;
  yield piece;
}

/** Bytes up to `to` that no event brought. */
async function* missing(source: LogSource, stream: LogStream, position: LogPosition, to: number, signal: AbortSignal): AsyncGenerator<LogPiece> {
  while (position[stream] < to) {
    const from = position[stream];
    const bytes = await source.bytes(stream, from, to, signal);
    if (bytes.length === 0) throw new CliError('unavailable', 'The server has less of the log than it said.');
    position[stream] = from + bytes.length;
    yield { stream, from, bytes };
  }
}

/** Twice as long each time, with some chance in it, so that many who were cut off at once do not come back at once. */
function pause(tries: number, error: unknown, first: number): number {
  const asked = error instanceof CliError && error.retryAfterSeconds ? error.retryAfterSeconds * 1000 : 0;
  return Math.max(asked, Math.min(LONGEST_PAUSE_MS, first * 2 ** Math.min(tries - 1, 10)) * (0.5 + Math.random() / 2));
}
