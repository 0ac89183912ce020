import type { MaskedText } from '@/contract/masked-text';
import { AnyonError } from '@/server/errors';
import { createLiteralScanner } from '@/server/secrets/mask-scanner';
import { createOpenLiteralFinder, findOpenToken } from '@/server/secrets/mask-open-match';
import { SPLIT_LOOKAROUND, createSplitMatches } from '@/server/secrets/mask-split-matches';
import { MAX_TOKEN_BYTES, matchToken, tokenPatterns } from '@/server/secrets/mask-token-patterns';

declare const masked: unique symbol;

/** Bytes that went through a masker. Only such bytes may be stored or sent; nothing else in the product makes this type. */
export type MaskedBytes = Buffer & { readonly [masked]: true };

/**
 * Replaces secrets by `*`, byte for byte, so that every offset in masked output is the offset in the raw output.
 *
 * Masking is a pure and local function of the raw bytes: byte p is masked exactly if some match [i, j) has i ≤ p < j, all
 * overlapping matches count, and no match is longer than `lookaround`. So any way of cutting the stream, and a restart at
 * any offset with `lookaround` raw bytes before it, give the same bytes (docs/decisions/0006-masking.md).
 */
export interface Masker {
  /** Longest possible match in bytes: what a window must reach back before `from`, and the most that is ever held back. */
  readonly lookaround: number;
  /**
   * Masks `window` from index `from` on. `window` must begin `lookaround` bytes before `from`, or at the start of the stream.
   * Returns the masked bytes of [from, settled). What is left over may still become part of a match: it is returned once more
   * bytes are there, or `final` says that none will come. There is no time-out: late is better than leaked.
   */
  mask(window: Buffer, from: number, final: boolean): { masked: MaskedBytes; settled: number };
  /** Masks a complete piece of data. */
  maskWhole(bytes: Buffer): MaskedBytes;
  /** Masks a complete text, such as an error message. NUL, which PostgreSQL's text cannot hold, becomes U+FFFD: a row takes whatever comes out. */
  maskText(text: string): MaskedText;
}

/** What to look for: a text, or bytes where they are not UTF-8. */
export type Needle = string | Buffer;

/** Shorter needles would blot out ordinary text; values that short cannot be masked and must not be accepted as secrets. */
export const MIN_NEEDLE_BYTES = 6;
/** Longer needles are cut into pieces that are each masked alone, which bounds a match and hides parts of a long secret too. */
export const MAX_NEEDLE_BYTES = 256;

const ASTERISK = 0x2a;
const UNDERSCORE = 0x5f;
const WHOLE_LOOKAROUND = Math.max(MAX_TOKEN_BYTES, MAX_NEEDLE_BYTES);
const anchored = tokenPatterns.filter(({ prefix }) => prefix.length >= MIN_NEEDLE_BYTES);
/** Too short for the scanner's window (they would slow the whole scan): what they all begin with is searched by itself. */
const shortAnchored = tokenPatterns.filter(({ prefix }) => prefix.length < MIN_NEEDLE_BYTES);
const SHORT_BEGINNING = 'gh';

/** Makes a masker for these needles (see `secretNeedles`) and the built-in token shapes. Throws if a needle is too short. */
export function createMasker(needles: readonly Needle[]): Masker {
  const literals = needleLiterals(needles);
  const scanner = createLiteralScanner([...literals, ...anchored.map(({ prefix }) => Buffer.from(prefix))]);
  const findOpenLiteral = createOpenLiteralFinder(literals);
  const split = createSplitMatches(literals, scanner, findOpenLiteral);

  function mask(window: Buffer, from: number, final: boolean): { masked: MaskedBytes; settled: number } {
    const gaps = split.gapsFor(window, from);
    const settled = final ? window.length : Math.max(from, Math.min(findOpenLiteral(window, 0), findOpenToken(window), split.findOpen(window, gaps)));
    const output = Buffer.from(window.subarray(from, settled));
    // Whole matches reach less far back than split ones.
    const near = Math.max(0, from - WHOLE_LOOKAROUND);
    const close = window.subarray(near);
    const cover = coverFrom(output, from - near);
    scanner.scan(close, (index, start) => {
      const literal = literals[index];
      cover(start, literal ? literal.length : matchToken(close, start, anchored[index - literals.length]!));
    });
    maskShortAnchored(close, coverFrom(output, from - near));
    split.find(window, gaps, (position) => {
      if (position >= from && position < settled) output[position - from] = ASTERISK;
    });
    return { masked: output as MaskedBytes, settled };
  }

  const maskWhole = (bytes: Buffer): MaskedBytes => mask(bytes, 0, true).masked;
  return {
    lookaround: SPLIT_LOOKAROUND,
    mask,
    maskWhole,
    maskText: (text) => maskWhole(Buffer.from(text)).toString().replaceAll('\0', '\u{fffd}') as MaskedText,
  };
}

/** The byte strings that are searched for: the needles without repeats, long ones in pieces of at most MAX_NEEDLE_BYTES. */
export function needleLiterals(needles: readonly Needle[]): Buffer[] {
  const literals = new Map<string, Buffer>();
  for (const needle of needles) {
    const bytes = Buffer.from(needle as string);
    if (bytes.length < MIN_NEEDLE_BYTES) {
      throw new AnyonError('internal', `A secret shorter than ${MIN_NEEDLE_BYTES} bytes cannot be masked.`);
    }
    const size = Math.ceil(bytes.length / Math.ceil(bytes.length / MAX_NEEDLE_BYTES));
    // The last piece reaches back, so that it is as long as the others.
    for (let at = 0; at < bytes.length; at += size) {
      const start = Math.max(0, Math.min(at, bytes.length - size));
      const piece = bytes.subarray(start, start + size);
      literals.set(piece.toString('latin1'), piece);
    }
  }
  return [...literals.values()];
}

/** Writes `*` over matches that are reported with ascending starts; a stretch covered twice is written once. */
function coverFrom(output: Buffer, from: number): (start: number, length: number) => void {
  let covered = 0;
  return (start, length) => {
    const end = Math.min(start + length - from, output.length);
    const begin = Math.max(start - from, covered);
    if (begin >= end) return;
    output.fill(ASTERISK, begin, end);
    covered = end;
  };
}

function maskShortAnchored(window: Buffer, cover: (start: number, length: number) => void): void {
  for (let at = window.indexOf(SHORT_BEGINNING, 0, 'latin1'); at >= 0; at = window.indexOf(SHORT_BEGINNING, at + 1, 'latin1')) {
    if (window[at + 3] !== UNDERSCORE) continue;
    for (const pattern of shortAnchored) cover(at, matchToken(window, at, pattern));
  }
}
