import type { LogPosition, LogStream, RunLogEvent } from '@/contract/run-log';
import { TailLines } from '@/components/logs/tail-lines';
import type { LogRange } from '@/components/logs/run-log-range';

/** What the viewer is told about the stream. `since` says when it became so. */
export interface LogConnection {
  state: 'connecting' | 'live' | 'reconnecting' | 'ended' | 'error';
  since: number;
  message: string | null;
}

export interface RunLogSnapshot {
  version: number;
  connection: LogConnection;
  /** The last failed request in words; null when all is well. */
  problem: string | null;
}

type TextEvent = Extract<RunLogEvent, { end: false }>;

interface Options {
  /** Reads bytes [from, to) of a stream. Used when an event shows that something is missing. */
  readRange: (stream: LogStream, from: number, to: number) => Promise<LogRange>;
  /** Calls back later, at most once per screen refresh. */
  schedule: (flush: () => void) => void;
  now?: () => number;
  /** Characters held before the oldest are let go. */
  limit?: number;
}

const defaultLimit = 16 * 1024 * 1024;
const gapRetryMs = 1000;

/**
 * The end of one run's log, live, outside React; what lies before is read in windows (log-windows.ts). An event is taken only at exactly the byte that is expected next: one that lies below is a repeat and ignored,
 * one that lies above shows a gap, which is read by byte range before anything behind it is taken. So nothing is lost or doubled whatever the network does.
 * Listeners are told at most once per screen refresh, however much arrives.
 */
export class RunLogStore {
  readonly lines = new TailLines();
  private readonly dropped: LogPosition = { out: 0, err: 0 };
  readonly position: LogPosition = { out: 0, err: 0 };
  private readonly options: Options;
  private snapshot: RunLogSnapshot;
  private readonly listeners = new Set<() => void>();
  private readonly waiting: Record<LogStream, TextEvent[]> = { out: [], err: [] };
  private readonly filling: Record<LogStream, boolean> = { out: false, err: false };
  private scheduled = false;
  private closed = false;

  constructor(options: Options) {
    this.options = options;
    this.snapshot = { version: 0, connection: { state: 'connecting', since: this.now(), message: null }, problem: null };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): RunLogSnapshot => this.snapshot;

  /** Sets the first text of a stream, before anything else: the tail of the file that was read before the subscription began. */
  begin(stream: LogStream, range: LogRange): void {
    this.lines.append(stream, range);
    if (range.from > 0) this.lines.guessBefore(stream);
    this.position[stream] = range.to;
    this.changed();
  }

  /** Takes an event of the subscription. */
  receive(event: RunLogEvent): void {
    if (event.end) return;
    if (this.filling[event.stream]) this.waiting[event.stream].push(event);
    else if (event.to <= this.position[event.stream]) return;
    else if (event.from === this.position[event.stream]) this.take(event.stream, event);
    else void this.fillGap(event);
  }

  private take(stream: LogStream, range: LogRange): void {
    this.lines.append(stream, { text: range.text, from: range.from, to: range.to });
    this.position[stream] = range.to;
    const limit = this.options.limit ?? defaultLimit;
    if (this.lines.characters > limit) {
      const dropped = this.lines.dropOldest(limit * 0.75);
      this.dropped.out += dropped.out;
      this.dropped.err += dropped.err;
    }
    this.changed();
  }

  private async fillGap(event: TextEvent): Promise<void> {
    const { stream } = event;
    this.filling[stream] = true;
    this.waiting[stream].push(event);
    const target = event.from > this.position[stream] ? event.from : event.to;
    while (this.position[stream] < target && !this.closed) {
      try {
        const range = await this.options.readRange(stream, this.position[stream], target);
        if (range.to > range.from) this.take(stream, range);
        else await pause(gapRetryMs); // the file is shorter than the event said: it will be there soon
      } catch {
        await pause(gapRetryMs); // the connection state already tells the viewer; the bytes are still on the server
      }
    }
    this.filling[stream] = false;
    for (const waiting of this.waiting[stream].splice(0)) this.receive(waiting);
  }

  /** The lines in front of what was held first were counted: `line` (from 0) is the one that its first byte is in, `whole` when it begins there. */
  countedBefore(stream: LogStream, line: number, whole: boolean): void {
    this.lines.countedBefore(stream, line, whole, this.dropped[stream]);
    this.changed();
  }

  setConnection(state: LogConnection['state'], message: string | null = null): void {
    const before = this.snapshot.connection;
    if (before.state === state && before.message === message) return;
    this.update({ connection: { state, since: before.state === state ? before.since : this.now(), message } });
  }

  update(change: Partial<Omit<RunLogSnapshot, 'version'>>): void {
    this.snapshot = { ...this.snapshot, ...change, version: this.snapshot.version + 1 };
    for (const listener of this.listeners) listener();
  }

  private changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.options.schedule(() => {
      this.scheduled = false;
      if (!this.closed) this.update({});
    });
  }

  /** Everything of one stream that is held, exactly as received. */
  received(stream: LogStream): string[] {
    return this.lines.received(stream);
  }

  close(): void {
    this.closed = true;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
