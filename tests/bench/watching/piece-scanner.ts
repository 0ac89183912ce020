/** Of an event only its beginning is looked at: there it says which bytes of the log it carries. */
const HEAD_BYTES = 300;
const END = Buffer.from('\n\n');

/**
 * Follows a tab's stream as bytes, without decoding it: counts the bytes of the log that its pieces carry, and throws when one
 * does not begin where the one before ended.
 */
export class PieceScanner {
  bytes = 0;
  #head = '';
  /** The event has been looked at; its rest is passed over. */
  #known = false;
  #endsWithNewline = false;

  take(chunk: Buffer): void {
    let at = 0;
    if (this.#endsWithNewline && chunk[0] === END[0]) {
      this.#finish();
      at = 1;
    }
    while (at < chunk.length) {
      const end = chunk.indexOf(END, at);
      this.#read(chunk, at, end < 0 ? chunk.length : end);
      if (end < 0) break;
      this.#finish();
      at = end + END.length;
    }
    this.#endsWithNewline = at < chunk.length && chunk[chunk.length - 1] === END[0];
  }

  #read(chunk: Buffer, from: number, to: number): void {
    if (this.#known) return;
    this.#head += chunk.toString('latin1', from, Math.min(to, from + HEAD_BYTES - this.#head.length));
    if (this.#head.length >= HEAD_BYTES) this.#look();
  }

  #finish(): void {
    if (!this.#known) this.#look();
    this.#head = '';
    this.#known = false;
  }

  #look(): void {
    this.#known = true;
    const piece = /"stream":"out","from":(\d+),"to":(\d+)/.exec(this.#head);
    if (!piece) return;
    if (Number(piece[1]) !== this.bytes) throw new Error(`A piece from ${piece[1]} came after byte ${this.bytes}.`);
    this.bytes = Number(piece[2]);
  }
}
