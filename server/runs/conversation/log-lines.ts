import type { LogChunk } from '@/server/runs/run-log-kept';

/** Longer lines are passed over: a partial message is short. */
const MAX_LINE_CHARACTERS = 256 * 1024;

export interface LogLine {
  text: string;
  /** Where it begins, and where the line behind it begins, in bytes of the log. */
  from: number;
  to: number;
}

/** Cuts the pieces of a log, which follow each other, into whole lines with their places. */
export class LogLines {
  #rest = '';
  #restFrom: number;
  #skipping = false;

  /** `begin` is where a line begins. */
  constructor(begin: number) {
    this.#restFrom = begin;
  }

  take(chunk: LogChunk): LogLine[] {
    const lines: LogLine[] = [];
    let at = 0;
    let byte = chunk.from;
    for (let end = chunk.text.indexOf('\n'); end >= 0; end = chunk.text.indexOf('\n', at)) {
      const part = chunk.text.slice(at, end);
      byte += Buffer.byteLength(part) + 1;
      if (!this.#skipping) lines.push({ text: this.#rest + part, from: this.#restFrom, to: byte });
      this.#skipping = false;
      this.#rest = '';
      this.#restFrom = byte;
      at = end + 1;
    }
    this.#rest += chunk.text.slice(at);
    if (this.#rest.length > MAX_LINE_CHARACTERS) {
      this.#rest = '';
      this.#skipping = true;
    }
    return lines;
  }
}
