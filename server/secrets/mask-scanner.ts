/**
 * Finds every occurrence (overlapping ones too) of many literals in one pass: Wu–Manber with two-byte blocks.
 * The scan looks at a window of the shortest literal's length and skips ahead by what the block at its end allows.
 */
export interface LiteralScanner {
  /** Calls `onHit(index of the literal, position)` for each occurrence that lies wholly inside `bytes`, positions ascending. */
  scan(bytes: Uint8Array, onHit: (literal: number, position: number) => void): void;
}

const BLOCKS = 65_536;
/** Longer windows would only fill the table; past this the reading of memory is the limit anyway. */
const MAX_WINDOW = 32;

/** `literals` must each have at least two bytes; their number and length are bounded by memory only. */
export function createLiteralScanner(literals: readonly Uint8Array[]): LiteralScanner {
  if (literals.length === 0) return { scan: () => undefined };
  const window = literals.reduce((least, literal) => Math.min(least, literal.length), MAX_WINDOW);
  const shift = new Uint8Array(BLOCKS).fill(window - 1);
  const first = new Int32Array(BLOCKS).fill(-1);
  const next = new Int32Array(literals.length).fill(-1);
  literals.forEach((literal, index) => {
    for (let end = 1; end < window; end++) {
      const block = blockAt(literal, end);
      shift[block] = Math.min(shift[block]!, window - 1 - end);
    }
    const last = blockAt(literal, window - 1);
    next[index] = first[last]!;
    first[last] = index;
  });
  return { scan: (bytes, onHit) => scanWindow(bytes, { literals, window, shift, first, next }, onHit) };
}

interface Tables {
  literals: readonly Uint8Array[];
  window: number;
  shift: Uint8Array;
  first: Int32Array;
  next: Int32Array;
}

function scanWindow(bytes: Uint8Array, tables: Tables, onHit: (literal: number, position: number) => void): void {
  const { literals, window, shift, first, next } = tables;
  const length = bytes.length;
  let end = window - 1;
  while (end < length) {
    const block = (bytes[end - 1]! << 8) | bytes[end]!;
    const skip = shift[block]!;
    if (skip > 0) {
      end += skip;
      continue;
    }
    const position = end - window + 1;
    for (let index = first[block]!; index >= 0; index = next[index]!) {
      if (startsAt(bytes, position, literals[index]!)) onHit(index, position);
    }
    end++;
  }
}

function blockAt(literal: Uint8Array, end: number): number {
  return (literal[end - 1]! << 8) | literal[end]!;
}

function startsAt(bytes: Uint8Array, position: number, literal: Uint8Array): boolean {
  const length = literal.length;
  if (position + length > bytes.length) return false;
  for (let at = 0; at < length; at++) {
    if (bytes[position + at] !== literal[at]) return false;
  }
  return true;
}
