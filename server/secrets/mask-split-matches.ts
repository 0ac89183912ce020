import { closeUp, type ClosedUp } from '@/server/secrets/mask-closed-up';
import { after, before, createGapFilter } from '@/server/secrets/mask-gap-filter';
import { MAX_GAP_PIECE, findGaps, followsPlainLine, openGap, type Gaps } from '@/server/secrets/mask-gaps';
import { findOpenToken, type createOpenLiteralFinder } from '@/server/secrets/mask-open-match';
import type { LiteralScanner } from '@/server/secrets/mask-scanner';
import { MAX_UNDECIDED_BYTES, isTokenByte, matchToken, tokenPatterns } from '@/server/secrets/mask-token-patterns';

/** From the first to the last byte of a match that goes across gaps. A longer one is not recognised. */
export const MAX_SPLIT_BYTES = 4096;
/** What must be seen before a byte to know whether it belongs to such a match. */
export const SPLIT_LOOKAROUND = MAX_SPLIT_BYTES + MAX_GAP_PIECE;
/**
 * Fewer characters than this, at the end of a line, are not masked for a match that goes on in the next one. Otherwise nearly every
 * line would be held back until the next one comes, for its last letter is the first of some literal.
 */
const MIN_BEFORE_WRAP = 4;

/** Finds literals and tokens that colour codes or line ends split. */
export interface SplitMatches {
  /** The gaps that matter to what is masked from `from` on: those before it are left out where no match goes on across it. */
  gapsFor(window: Buffer, from: number): Gaps;
  /** Calls `cover(position)` for every byte of a match that goes across a gap; the gaps themselves are left alone. */
  find(window: Buffer, gaps: Gaps, cover: (position: number) => void): void;
  /** The first position that may yet belong to such a match; the window's length if there is none. */
  findOpen(window: Buffer, gaps: Gaps): number;
}

export function createSplitMatches(literals: readonly Buffer[], scanner: LiteralScanner, findOpenLiteral: ReturnType<typeof createOpenLiteralFinder>): SplitMatches {
  const filter = createGapFilter(literals);
  const longest = literals.reduce((most, literal) => Math.max(most, literal.length), 1);

  function gapsFor(window: Buffer, from: number): Gaps {
    const clean = followsPlainLine(window, from, MIN_BEFORE_WRAP) && !filter.mayHold(window[from - 5]!, window[from - 4]!, window[from - 3]!, window[from - 2]!);
    // Fewer characters than four at the end of that line may go on: the line end itself counts.
    return findGaps(window, clean ? from - MIN_BEFORE_WRAP - 1 : 0);
  }

  function find(window: Buffer, gaps: Gaps, cover: (position: number) => void): void {
    forRegions(window, gaps, (index) => filter.mayCross(window, gaps, index), (from, to) => {
      const text = closeUp(window, gaps, from, to, 'colours and wraps');
      const coverOnce = onceEach(text, cover);
      scanner.scan(text.bytes, (index, start) => {
        const literal = literals[index];
        if (literal) coverOnce(start, literal.length);
      });
    });
    forRegions(window, gaps, (index) => mayCrossInToken(window, gaps, index), (from, to) => {
      const text = closeUp(window, gaps, from, to, 'colours');
      for (const pattern of tokenPatterns) {
        const coverOnce = onceEach(text, cover);
        for (let at = text.bytes.indexOf(pattern.prefix, 0, 'latin1'); at >= 0; at = text.bytes.indexOf(pattern.prefix, at + 1, 'latin1')) {
          const length = matchToken(text.bytes.subarray(0, text.within(at, MAX_SPLIT_BYTES)), at, pattern);
          if (length > 0) coverOnce(at, length);
        }
      }
    });
  }

  function findOpen(window: Buffer, near: Gaps): number {
    let gaps = near;
    const end = openGap(window);
    const from = Math.max(0, end - MAX_SPLIT_BYTES);
    const last = gaps.count - 1;
    const line = last < 0 ? 0 : gaps.starts[last]! - (last > 0 ? gaps.ends[last - 1]! : gaps.from);
    if (line >= MIN_BEFORE_WRAP && gaps.wraps[last] === 1 && gaps.ends[last] === window.length) {
      // Of a line that has ended, four letters are held back or none; and no token goes on in the next one.
      const [a, b, c, d] = [4, 3, 2, 1].map((nth) => before(window, gaps, last, nth)) as [number, number, number, number];
      if (!filter.mayHold(a, b, c, d)) return end;
    }
    if (gaps.from > 0) gaps = findGaps(window, 0);
    if (end === window.length && (gaps.count === 0 || gaps.ends[gaps.count - 1]! <= from)) return end;
    const text = closeUp(window, gaps, startForLast(gaps, longest, from, end), end, 'colours and wraps');
    const tokens = closeUp(window, gaps, startForLast(gaps, MAX_UNDECIDED_BYTES, from, end), end, 'colours');
    const open = Math.min(end, tokens.position(findOpenToken(tokens.bytes)) ?? end);
    for (let at = findOpenLiteral(text.bytes, 0); at < text.bytes.length; at = findOpenLiteral(text.bytes, at + 1)) {
      const first = text.position(text.firstMasked(at, MIN_BEFORE_WRAP));
      if (first !== null) return Math.min(open, first);
    }
    return open;
  }

  return { gapsFor, find, findOpen };
}

/** Calls `look` with the surroundings of the gaps that are wanted; where they overlap, they are one. */
function forRegions(window: Buffer, gaps: Gaps, wanted: (index: number) => boolean, look: (from: number, to: number) => void): void {
  let from = -1;
  let to = -1;
  for (let index = 0; index < gaps.count; index++) {
    if (!wanted(index)) continue;
    const start = Math.max(gaps.from, gaps.starts[index]! - MAX_SPLIT_BYTES);
    if (from >= 0 && start > to) {
      look(from, to);
      from = -1;
    }
    if (from < 0) from = start;
    to = Math.min(window.length, gaps.ends[index]! + MAX_SPLIT_BYTES);
  }
  if (from >= 0) look(from, to);
}

function mayCrossInToken(window: Buffer, gaps: Gaps, index: number): boolean {
  return !gaps.wraps[index] && isTokenByte(before(window, gaps, index, 1)) && isTokenByte(after(window, gaps, index, 1));
}

/** Covers matches that are reported with ascending starts; each byte once. */
function onceEach(text: ClosedUp, cover: (position: number) => void): (start: number, length: number) => void {
  let covered = 0;
  return (start, length) => {
    const last = start + length - 1;
    if (text.isWhole(start, last) || text.position(last)! - text.position(start)! >= MAX_SPLIT_BYTES) return;
    for (let at = Math.max(covered, text.firstMasked(start, MIN_BEFORE_WRAP)); at <= last; at++) cover(text.position(at)!);
    covered = Math.max(covered, last + 1);
  };
}

/** Where the last `count` bytes before `end` begin, gaps not counted; not before `from`. */
function startForLast(gaps: Gaps, count: number, from: number, end: number): number {
  let at = end;
  let left = count;
  for (let gap = gaps.count - 1; gap >= 0 && at > from; gap--) {
    const text = at - Math.min(at, gaps.ends[gap]!);
    if (text >= left) break;
    left -= text;
    at = Math.min(at, gaps.starts[gap]!);
  }
  return Math.max(from, at - left);
}
