import { setTimeout as delay } from 'node:timers/promises';
import { MAX_EVENT_LINE_BYTES, type RunEventLine } from '@/contract/run-event';
import { joinTextEvents, oversizedLine, parseStreamJsonLine } from '@/server/runs/stream-json';
import { maskedBefore } from '@/server/secrets/masked-text';

/**
 * Receives events in order. Their rows and `parsedUpTo` belong in one transaction: reading goes on from `parsedUpTo` after a
 * restart, so that each line counts exactly once. If it throws, the same lines come again.
 */
export type OnLines = (events: RunEventLine[], parsedUpTo: number) => Promise<void>;

export interface LineReader {
  /** Reads what is complete up to byte `size` of the masked file; true if there is more. Keeps its place if it throws. */
  turn(size: number, final: boolean): Promise<boolean>;
}

const READ_BYTES = 256 * 1024;
/** A cursor that moved over lines that make no events is reported no later than this. */
const MAX_UNREPORTED_BYTES = 4 * 1024 * 1024;
const NEWLINE = 0x0a;
/** So much of a line over the limit is looked at. */
const HEAD_BYTES = 64 * 1024;

/**
 * Splits the masked output into lines and parses them, beginning at byte `from`, which is the start of a line. Holds one
 * piece of READ_BYTES and, for a line that spans pieces, that line once; a line over the limit is counted, not held, and its beginning looked at.
 */
export function createLineReader(options: {
  from: number;
  read: (offset: number, buffer: Buffer) => Promise<number>;
  onLines: OnLines;
}): LineReader {
  const { read, onLines } = options;
  let reported = options.from;
  let lineStart = reported;
  let scannedTo = reported;

  async function parseLine(piece: Buffer, pieceStart: number, lineEnd: number, next: number): Promise<RunEventLine | null> {
    const length = lineEnd - lineStart;
    if (length > MAX_EVENT_LINE_BYTES) {
      const head = Buffer.allocUnsafe(HEAD_BYTES);
      await read(lineStart, head);
      return oversizedLine(lineStart, next - lineStart, maskedBefore(head));
    }
    if (lineStart >= pieceStart) {
      return parseStreamJsonLine(maskedBefore(piece.subarray(lineStart - pieceStart, lineEnd - pieceStart)), lineStart, next - lineStart);
    }
    const line = Buffer.allocUnsafe(length);
    await read(lineStart, line);
    return parseStreamJsonLine(maskedBefore(line), lineStart, next - lineStart);
  }

  async function readPiece(size: number, final: boolean): Promise<void> {
    const pieceStart = scannedTo;
    const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, size - pieceStart));
    const pieceEnd = pieceStart + (await read(pieceStart, piece));
    const events: RunEventLine[] = [];
    for (let at = piece.indexOf(NEWLINE); at >= 0 && pieceStart + at < pieceEnd; at = piece.indexOf(NEWLINE, at + 1)) {
      const lineEnd = pieceStart + at;
      const event = await parseLine(piece, pieceStart, lineEnd, lineEnd + 1);
      if (event) events.push(event);
      lineStart = lineEnd + 1;
    }
    scannedTo = pieceEnd;
    const last = final && pieceEnd === size;
    if (last && lineStart < size) {
      const event = await parseLine(piece, pieceStart, size, size);
      if (event) events.push(event);
      lineStart = size;
    }
    if (events.length > 0 || lineStart - reported > MAX_UNREPORTED_BYTES || (last && lineStart > reported)) {
      await onLines(joinTextEvents(events), lineStart);
      reported = lineStart;
    }
  }

  return {
    turn: async (size, final) => {
      if (scannedTo >= size && !(final && reported < size)) return false;
      try {
        await readPiece(size, final);
      } catch (error) {
        lineStart = reported;
        scannedTo = reported;
        throw error;
      }
      return scannedTo < size;
    },
  };
}

/** Runs a reader beside the copying, in bursts, so that storing rows is neither too frequent nor in the way of the bytes. */
export interface LinePump {
  /** There may be more to read. */
  poke(): void;
  /** Ends the bursts; resolves when the one going on is over. */
  stop(): Promise<void>;
}

const BURST_GAP_MS = 25;
const MAX_BACKOFF_MS = 5_000;

/**
 * `burst` answers whether there is more. It gets at most half of the time: the bytes come first, events catch up behind them.
 * `onFailure` is told of each failed burst; it is tried again, more slowly each time, as long as the pump runs.
 */
export function startLinePump(burst: () => Promise<boolean>, onFailure: (error: unknown) => void): LinePump {
  const stopping = new AbortController();
  let wanted = false;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    let failures = 0;
    while (wanted && !stopping.signal.aborted) {
      wanted = false;
      const started = performance.now();
      let pause = BURST_GAP_MS;
      try {
        if (await burst()) {
          wanted = true;
          pause = performance.now() - started;
        }
        failures = 0;
      } catch (error) {
        onFailure(error);
        wanted = true;
        pause = Math.min(MAX_BACKOFF_MS, 100 * 2 ** failures++);
      }
      await delay(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined); // an abort ends the pause
    }
    running = null;
  }

  return {
    poke: () => {
      wanted = true;
      running ??= run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
