import type { Gaps } from '@/server/secrets/mask-gaps';

/** A stretch of text with its gaps taken out, and where each of its bytes was. */
export interface ClosedUp {
  readonly bytes: Buffer;
  /** Where the byte stood; null for the end of the text. */
  position(at: number): number | null;
  /** True if from this byte to the last one nothing was taken out. */
  isWhole(first: number, last: number): boolean;
  /** The end of what begins at `first` and reached over less than so many bytes before the gaps were taken out. */
  within(first: number, span: number): number;
  /** The first byte from `at` on that has no line end before it within its first `min` bytes, counted from `at`. */
  firstMasked(at: number, min: number): number;
}

/** The text of [from, to) without its gaps: all of them, or (`colours`) only those without a line end. */
export function closeUp(source: Buffer, gaps: Gaps, from: number, to: number, what: 'colours' | 'colours and wraps'): ClosedUp {
  const bytes = Buffer.allocUnsafe(to - from);
  const positions = new Int32Array(to - from);
  const wrapBefore = new Uint8Array(to - from + 1);
  let length = 0;
  const keep = (start: number, end: number) => {
    for (let at = start; at < end; at++) {
      bytes[length] = source[at]!;
      positions[length++] = at;
    }
  };
  let at = from;
  for (let gap = firstGapEndingAfter(gaps, from); gap < gaps.count && gaps.starts[gap]! < to; gap++) {
    if (what === 'colours' && gaps.wraps[gap]) continue;
    keep(at, gaps.starts[gap]!);
    if (gaps.wraps[gap]) wrapBefore[length] = 1;
    at = gaps.ends[gap]!;
  }
  keep(at, to);

  return {
    bytes: bytes.subarray(0, length),
    position: (index) => (index < length ? positions[index]! : null),
    isWhole: (first, last) => positions[last]! - positions[first]! === last - first,
    within(first, span) {
      let end = Math.min(first + span, length);
      while (end > first && positions[end - 1]! - positions[first]! >= span) end--;
      return end;
    },
    firstMasked(index, min) {
      for (let next = index + 1; next < index + min && next <= length; next++) if (wrapBefore[next] === 1) return next;
      return index;
    },
  };
}

/** Index of the first gap that ends after `position`. */
export function firstGapEndingAfter(gaps: Gaps, position: number): number {
  let low = 0;
  let high = gaps.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (gaps.ends[middle]! > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
