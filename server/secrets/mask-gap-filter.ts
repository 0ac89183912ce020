import type { Gaps } from '@/server/secrets/mask-gaps';

/**
 * Tells in a few steps that no literal goes across a gap, so that the exact comparison is seldom needed. For every place at
 * which a literal can be split it knows the four bytes around it (three and one at the ends); a hash of them is one bit in a table.
 */
export interface GapFilter {
  /** False only if no literal has characters on both sides of this gap. */
  mayCross(bytes: Uint8Array, gaps: Gaps, index: number): boolean;
  /** False only if no literal has these four bytes in it. */
  mayHold(a: number, b: number, c: number, d: number): boolean;
}

const BITS = 20;
const INNER = 0;
const AFTER_FIRST = 0x5bd1e995;
const BEFORE_LAST = 0x3c6ef372;

/** `literals` must each have at least four bytes. */
export function createGapFilter(literals: readonly Uint8Array[]): GapFilter {
  const table = new Uint8Array(1 << (BITS - 3));
  const pairs = new Uint8Array(65_536);
  const put = (kind: number, bytes: Uint8Array, at: number) => {
    const hash = hashOf(kind, bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    table[hash >>> 3]! |= 1 << (hash & 7);
  };
  for (const literal of literals) {
    for (let at = 0; at + 2 <= literal.length; at++) pairs[(literal[at]! << 8) | literal[at + 1]!] = 1;
    for (let at = 0; at + 4 <= literal.length; at++) put(INNER, literal, at);
    put(AFTER_FIRST, literal, 0);
    put(BEFORE_LAST, literal, literal.length - 4);
  }
  const has = (kind: number, a: number, b: number, c: number, d: number) => {
    const hash = hashOf(kind, a, b, c, d);
    return (table[hash >>> 3]! & (1 << (hash & 7))) !== 0;
  };
  return {
    mayHold: (a, b, c, d) => has(INNER, a, b, c, d),
    mayCross(bytes, gaps, index) {
      const start = gaps.starts[index]!;
      const end = gaps.ends[index]!;
      const stands = start - (index === 0 ? gaps.from : gaps.ends[index - 1]!) >= 3 && (index + 1 === gaps.count ? bytes.length : gaps.starts[index + 1]!) - end >= 3;
      if (stands) {
        const b1 = bytes[start - 1]!;
        const a1 = bytes[end]!;
        if (pairs[(b1 << 8) | a1] !== 1) return false;
        const b2 = bytes[start - 2]!;
        const a2 = bytes[end + 1]!;
        return has(INNER, b2, b1, a1, a2) || has(AFTER_FIRST, b1, a1, a2, bytes[end + 2]!) || has(BEFORE_LAST, bytes[start - 3]!, b2, b1, a1);
      }
      const b1 = before(bytes, gaps, index, 1);
      const a1 = after(bytes, gaps, index, 1);
      if (b1 < 0 || a1 < 0) return false;
      const b2 = before(bytes, gaps, index, 2);
      const a2 = after(bytes, gaps, index, 2);
      return (
        has(INNER, b2, b1, a1, a2) || has(AFTER_FIRST, b1, a1, a2, after(bytes, gaps, index, 3)) || has(BEFORE_LAST, before(bytes, gaps, index, 3), b2, b1, a1)
      );
    },
  };
}

/** The nth byte before a gap, other gaps left out; -1 if the data begins there. */
export function before(bytes: Uint8Array, gaps: Gaps, index: number, nth: number): number {
  let at = gaps.starts[index]! - 1;
  for (let gap = index - 1, left = nth - 1; ; left--, at--) {
    while (gap >= 0 && gaps.ends[gap] === at + 1) at = gaps.starts[gap--]! - 1;
    if (left === 0 || at < gaps.from) return at < gaps.from ? -1 : bytes[at]!;
  }
}

/** The nth byte after a gap, other gaps left out; -1 if the data ends there. */
export function after(bytes: Uint8Array, gaps: Gaps, index: number, nth: number): number {
  let at = gaps.ends[index]!;
  for (let gap = index + 1, left = nth - 1; ; left--, at++) {
    while (gap < gaps.count && gaps.starts[gap] === at) at = gaps.ends[gap++]!;
    if (left === 0 || at >= bytes.length) return at < bytes.length ? bytes[at]! : -1;
  }
}

function hashOf(kind: number, a: number, b: number, c: number, d: number): number {
  return Math.imul(((a << 24) | (b << 16) | (c << 8) | d) ^ kind, 0x9e3779b1) >>> (32 - BITS);
}
