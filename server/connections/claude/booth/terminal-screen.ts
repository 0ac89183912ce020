import type { Terminal } from '@/server/containers/engine';
import { AnyonError } from '@/server/errors';

/** More than any of these programs has to say. */
const MOST_TEXT = 256 * 1024;

/** What stands on a terminal, as plain text. It may hold secrets: it is looked through and forgotten, never stored or logged. */
export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #watchers = new Set<() => void>();
  #raw = '';
  #from = 0;
  #ended = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    void this.#read();
  }

  /** The text since the last `forget`. */
  get text(): string {
    return plainText(this.#raw).slice(this.#from);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What is on it now does not count any more. */
  forget(): void {
    this.#from = plainText(this.#raw).length;
  }

  /** What `find` finds as soon as it finds something; null when the program has ended without. Throws `unavailable` when the time is over. */
  async until<Found>(find: (text: string) => Found | null, timeoutMs: number, signal: AbortSignal): Promise<Found | null> {
    const over = Date.now() + timeoutMs;
    for (;;) {
      signal.throwIfAborted();
      const found = find(this.text);
      if (found !== null || this.#ended) return found;
      if (Date.now() >= over) throw new AnyonError('unavailable', `The Claude CLI did not answer within ${timeoutMs / 1000} s.`);
      await this.#news(Math.min(over - Date.now(), 1_000));
    }
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#terminal.output()) {
      this.#raw = (this.#raw + chunk.toString('latin1')).slice(0, MOST_TEXT);
      this.#tell();
    }
    this.#ended = true;
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #news(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#watchers.add(done);
    });
  }
}

/** Without colours, links, titles and movements of the cursor: what is read here is ASCII. */
export function plainText(raw: string): string {
  return (
    raw
      // oxlint-disable-next-line no-control-regex
      .replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '')
      // oxlint-disable-next-line no-control-regex
      .replace(/\x1b\[[0-9;?<>=]*[ -/]*[@-~]/g, '')
      // oxlint-disable-next-line no-control-regex
      .replace(/\x1b[=>78()][0AB]?/g, '')
      .replaceAll('\r', '')
  );
}
