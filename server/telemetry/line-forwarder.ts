import { setTimeout as sleep } from 'node:timers/promises';
import type { MaskedText } from '@/contract/masked-text';
import { meters } from '@/server/meters';
import { CollectorWatch } from '@/server/telemetry/collector-watch';
import type { ForwardRecord, ForwardSender } from '@/server/telemetry/forward-sender';

/** One line that a person or Claude may have written, so masked; the rest are ids and numbers. */
export interface MaskedLine {
  at: Date;
  text: MaskedText;
  facts: Readonly<Record<string, string | number | null>>;
}

const END_PATIENCE_MS = 2_000;
const BATCH = 256;
const MOST_LINES = 10_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Ships lines from memory, as many as fit: whoever offers some never waits, and the oldest are dropped while the collector takes too few. */
export class LineForwarder {
  readonly #open: () => Promise<ForwardSender>;
  readonly #tag: string;
  readonly #watch: CollectorWatch;
  readonly #ending = new AbortController();
  #waiting: MaskedLine[] = [];
  #characters = 0;
  #shipping: Promise<void> | null = null;
  #sender: ForwardSender | null = null;

  constructor(what: string, tag: string, open: () => Promise<ForwardSender>) {
    this.#tag = tag;
    this.#open = open;
    this.#watch = new CollectorWatch(what);
  }

  offer(lines: readonly MaskedLine[]): void {
    this.#waiting.push(...lines);
    for (const { text } of lines) this.#characters += text.length;
    this.#dropWhatDoesNotFit();
    this.#shipping ??= this.#ship();
  }

  /** Ships what is there, if the collector takes it now. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.race([this.#shipping, sleep(END_PATIENCE_MS, undefined, { ref: false })]);
    this.#sender?.close();
  }

  async #ship(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      try {
        this.#sender ??= await this.#open();
        await this.#sender.send(this.#tag, batch.map(recordOf));
        meters().forwardedLines.inc({ what: 'run output', outcome: 'shipped' }, batch.length);
        this.#watch.tookThem();
        this.#take(batch);
      } catch (error) {
        if (this.#ending.signal.aborted) break;
        await this.#watch.refused(error, this.#ending.signal);
      }
    }
    this.#shipping = null;
  }

  /** What was dropped meanwhile is at the front no more. */
  #take(batch: readonly MaskedLine[]): void {
    const sent = new Set(batch);
    this.#waiting = this.#waiting.filter((line) => !sent.has(line));
    this.#characters = this.#waiting.reduce((sum, { text }) => sum + text.length, 0);
  }

  #dropWhatDoesNotFit(): void {
    let drop = Math.max(0, this.#waiting.length - MOST_LINES);
    let left = this.#characters - lengthOf(this.#waiting.slice(0, drop));
    for (; left > MOST_CHARACTERS && drop < this.#waiting.length; drop += 1) left -= this.#waiting[drop]?.text.length ?? 0;
    if (drop === 0) return;
    this.#waiting.splice(0, drop);
    this.#characters = left;
    this.#watch.dropped(drop);
    meters().forwardedLines.inc({ what: 'run output', outcome: 'dropped' }, drop);
  }
}

function lengthOf(lines: readonly MaskedLine[]): number {
  return lines.reduce((sum, { text }) => sum + text.length, 0);
}

function recordOf({ at, text, facts }: MaskedLine): ForwardRecord {
  return { at, fields: { ...facts, line: text } };
}
