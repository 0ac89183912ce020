import { MOST_KEYS_PER_CALL } from '@/contract/terminal';

/** Ctrl+C goes by itself: the server lets it overtake what the program has not read. */
const INTERRUPT = '\x03';
const GATHER_MS = 4;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
/** Whoever types and goes elsewhere means what was typed; long after, nobody would expect it to arrive. */
const AFTER_CLOSE_MS = 30_000;
/** A paste of more is refused, in words. */
export const MOST_WAITING = 4 * 1024 * 1024;

/** What became of keys that were sent: `again` when the same may be sent once more, `refused` when nothing more will be taken. */
export type SendResult = 'taken' | 'again' | 'refused';

export interface KeyQueueOptions {
  /** Sends keys under their number; a number that comes twice is taken once. */
  send: (sequence: number, data: string) => Promise<SendResult>;
  /** How many characters wait because they cannot be sent at the moment; 0 when all is well. */
  onWaiting: (characters: number) => void;
  onTooMuch: () => void;
}

/** Sends keys in the order in which they were pressed, one call at a time: what is pressed meanwhile goes out together. */
export class KeyQueue {
  #waiting: string[] = [];
  #current: string | null = null;
  #sequence = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** When nothing more is sent, by the clock of the page. */
  #sendsUntil = Number.POSITIVE_INFINITY;
  /** The present keys were sent at least once and not taken. */
  #stuck = false;
  /** Ends the pause before the next try. */
  #wake: () => void = () => undefined;
  readonly #options: KeyQueueOptions;

  constructor(options: KeyQueueOptions) {
    this.#options = options;
  }

  push(data: string): void {
    if (this.#closed || data === '') return;
    if (data === INTERRUPT) this.#waiting = [];
    if (this.characters + data.length > MOST_WAITING) return this.#options.onTooMuch();
    this.#waiting.push(data);
    if (data === INTERRUPT) this.#wake();
    if (this.#current === null) this.#schedule(data === INTERRUPT ? 0 : GATHER_MS);
  }

  get characters(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, this.#current?.length ?? 0);
  }

  /** Takes nothing more. What was pressed before is still sent, if that succeeds within half a minute. */
  close(): void {
    this.#closed = true;
    this.#sendsUntil = Math.min(this.#sendsUntil, performance.now() + AFTER_CLOSE_MS);
  }

  #refuse(): void {
    this.#closed = true;
    this.#sendsUntil = 0;
    this.#waiting = [];
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#sendNext(), delay);
  }

  async #sendNext(): Promise<void> {
    this.#current = this.#take();
    if (this.#current === null) return;
    this.#sequence++;
    this.#stuck = false;
    for (let delay = FIRST_RETRY_MS; this.#mayGoOn(); delay = Math.min(delay * 2, LAST_RETRY_MS)) {
      const result = await this.#options.send(this.#sequence, this.#current);
      if (result === 'refused') return this.#refuse();
      if (result === 'taken') break;
      this.#stuck = true;
      this.#options.onWaiting(this.characters);
      if (this.#waiting[0] !== INTERRUPT) await this.#pause(delay);
      if (this.#waiting[0] === INTERRUPT) break; // what could not be sent is not wanted any more
    }
    this.#current = null;
    if (!this.#mayGoOn()) return;
    if (this.#stuck) this.#options.onWaiting(0);
    if (this.#waiting.length > 0) this.#schedule(0);
  }

  #mayGoOn(): boolean {
    return performance.now() < this.#sendsUntil;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The next keys for one call: an interrupt alone, never half a character. */
  #take(): string | null {
    let keys = '';
    while (this.#waiting.length > 0 && keys.length < MOST_KEYS_PER_CALL) {
      const next = this.#waiting[0]!;
      if (next === INTERRUPT) return keys === '' ? this.#waiting.shift()! : keys;
      const room = MOST_KEYS_PER_CALL - keys.length;
      const cut = next.length <= room ? next.length : room - (isHighSurrogate(next, room - 1) ? 1 : 0);
      if (cut === 0) break;
      keys += next.slice(0, cut);
      if (cut === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.slice(cut);
    }
    return keys === '' ? null : keys;
  }
}

function isHighSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff;
}
