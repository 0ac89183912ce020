/**
 * What may stand between two characters of a secret without being part of it: colour codes (SGR, and the "erase to the end of
 * the line" that grep puts behind them) and line ends, each raw or as JSON writes them, at any depth of escaping:
 *   ESC [ digits m · \u001b[ digits m · LF · CR LF · \n · \r\n
 * Adjoining ones are one gap. Which bytes are a gap depends on at most MAX_GAP_PIECE bytes around them.
 */
export interface Gaps {
  /** Where the search for them began. */
  readonly from: number;
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1 where a line end is in it. */
  readonly wraps: Uint8Array;
}

/** More backslashes than this in front are not taken for an escape. */
const MAX_BACKSLASHES = 15;
const MAX_PARAMETERS = 40;
/** The longest colour code in its longest spelling, with the backslashes that decide how it is read. */
export const MAX_GAP_PIECE = 80;

const ESC = 0x1b;
const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;

/** All gaps from `from` on, in order. */
export function findGaps(bytes: Buffer, from: number): Gaps {
  const list = new GapList(from);
  const shift = -bytes.byteOffset & 3;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + shift, Math.max(0, bytes.length - shift) >> 2);
  for (let at = nextMark(bytes, words, shift, from); at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte === LF) {
      list.add(at > from && bytes[at - 1] === CR ? at - 1 : at, at + 1, 1);
      at++;
    } else if (byte === ESC) {
      const end = colourEnd(bytes, at + 1);
      if (end > 0) list.add(at, end, 0);
      at = end > 0 ? end : at + 1;
    } else {
      at = addEscaped(bytes, at, list);
    }
    at = nextMark(bytes, words, shift, at);
  }
  return list;
}

class GapList implements Gaps {
  readonly from: number;
  count = 0;
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  wraps = new Uint8Array(64);

  constructor(from: number) {
    this.from = from;
  }

  add(start: number, end: number, wrap: 0 | 1): void {
    const last = this.count - 1;
    if (last >= 0 && this.ends[last] === start) {
      this.ends[last] = end;
      this.wraps[last]! |= wrap;
      return;
    }
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.wraps[this.count++] = wrap;
  }

  #grow(): void {
    const { starts, ends, wraps } = this;
    this.starts = new Int32Array(4 * this.count);
    this.ends = new Int32Array(4 * this.count);
    this.wraps = new Uint8Array(4 * this.count);
    this.starts.set(starts);
    this.ends.set(ends);
    this.wraps.set(wraps);
  }
}

/** `at` is the first of a run of backslashes (or in the middle of one where the data begins). Returns where to look on. */
function addEscaped(bytes: Buffer, at: number, list: GapList): number {
  const end = runEnd(bytes, at);
  const depth = depthOf(end - at);
  if (depth === 0) return end;
  const letter = bytes[end];
  if (letter === 0x6e) {
    list.add(end - depth, end + 1, 1);
    return end + 1;
  }
  if (letter === 0x72) {
    const second = runEnd(bytes, end + 1);
    if (second - end - 1 !== depth || bytes[second] !== 0x6e) return end + 1;
    list.add(end - depth, second + 1, 1);
    return second + 1;
  }
  if (letter !== 0x75 || bytes[end + 1] !== 0x30 || bytes[end + 2] !== 0x30 || bytes[end + 3] !== 0x31 || (bytes[end + 4]! | 0x20) !== 0x62) return end;
  const close = colourEnd(bytes, end + 5);
  if (close === 0) return end;
  list.add(end - depth, close, 0);
  return close;
}

function runEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (bytes[end] === BACKSLASH) end++;
  return end;
}

/**
 * How many of the backslashes in front of a letter are its escape. Escaped d times over, the escape has 2^d of them and a
 * backslash of the text before it twice as many; so it is the lowest bit of their number.
 */
function depthOf(backslashes: number): number {
  return backslashes > MAX_BACKSLASHES ? 0 : backslashes & -backslashes;
}

/** The end of a colour code whose `[` is expected at `at`; 0 if there is none. */
function colourEnd(bytes: Buffer, at: number): number {
  if (bytes[at] !== 0x5b) return 0;
  let end = at + 1;
  while (end - at <= MAX_PARAMETERS && isParameter(bytes[end]!)) end++;
  return bytes[end] === 0x6d || bytes[end] === 0x4b ? end + 1 : 0;
}

function isParameter(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x3b;
}

const unfinished = /(?:\x1b(?:\[[0-;]{0,40})?|\r|\\+(?:r\\*|u(?:0(?:0(?:1(?:[bB](?:\[[0-;]{0,40})?)?)?)?)?)?)$/;

/** Where, at the end of the data, a gap begins that may or may not become one; the length of the data if nothing is open. */
export function openGap(bytes: Buffer): number {
  if (bytes[bytes.length - 1] === LF) return bytes.length;
  const tail = bytes.toString('latin1', Math.max(0, bytes.length - 2 * MAX_GAP_PIECE));
  const found = unfinished.exec(tail);
  return bytes.length - (found ? tail.length - found.index : 0);
}

/**
 * The next LF, ESC or backslash from `at` on; the length of the data if there is none. `words` are the same bytes, four at a
 * time: a word holds a byte b exactly if `(x - 0x01010101) & ~x & 0x80808080` is not 0 for x = word ^ bbbb.
 */
function nextMark(bytes: Buffer, words: Int32Array, shift: number, at: number): number {
  const { length } = bytes;
  let index = at;
  // Where there is one there are often more.
  const soon = Math.min(length, at + 12);
  while (index < soon || (index < length && ((index - shift) & 3) !== 0)) {
    if (marks[bytes[index]!] === 1) return index;
    index++;
  }
  let word = (index - shift) >> 2;
  const end = words.length;
  for (; word < end; word++) {
    const four = words[word]!;
    const lf = four ^ 0x0a0a0a0a;
    const esc = four ^ 0x1b1b1b1b;
    const backslash = four ^ 0x5c5c5c5c;
    if (((((lf - 0x01010101) & ~lf) | ((esc - 0x01010101) & ~esc) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080) !== 0) break;
  }
  index = Math.max(index, word * 4 + shift);
  while (index < length && marks[bytes[index]!] !== 1) index++;
  return Math.min(index, length);
}

const marks = new Uint8Array(256);
marks[LF] = marks[ESC] = marks[BACKSLASH] = 1;

/** With one of these a gap may begin or end. */
const edges = new Uint8Array(256);
for (const edge of 'mKn\r\n\\\x1b') edges[edge.charCodeAt(0)] = 1;

/** True if, surely, a line ends before `at` and the `count` bytes of it before its end are no part of a gap. False where it is not so plain to see. */
export function followsPlainLine(bytes: Buffer, at: number, count: number): boolean {
  if (at <= count || bytes[at - 1] !== LF) return false;
  for (let back = 2; back < count + 2; back++) if (edges[bytes[at - back]!] === 1) return false;
  return true;
}
