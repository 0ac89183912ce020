/** A line that never ends is cut here, so that it cannot fill the memory. */
const LONGEST_LINE = 32 * 1024 * 1024;

/** Cuts pieces of bytes into whole lines of text, without their ends. */
export class WholeLines {
  #rest: Uint8Array[] = [];
  #length = 0;

  /** The lines that this piece completes. */
  take(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      lines.push(this.#joined(bytes.subarray(from, end)));
      from = end + 1;
    }
    const rest = bytes.subarray(from);
    if (this.#length + rest.length > LONGEST_LINE) lines.push(this.#joined(rest));
    else if (rest.length > 0) this.#keep(rest);
    return lines;
  }

  /** What is left at the end; null when the last line was whole. */
  end(): string | null {
    return this.#length > 0 ? this.#joined(new Uint8Array()) : null;
  }

  #keep(bytes: Uint8Array): void {
    this.#rest.push(bytes);
    this.#length += bytes.length;
  }

  #joined(last: Uint8Array): string {
    const text = Buffer.concat([...this.#rest, last]).toString('utf8');
    this.#rest = [];
    this.#length = 0;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }
}
