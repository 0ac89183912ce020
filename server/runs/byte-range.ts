/** What part of a resource a request asks for: all of it, bytes [from, to), or something it does not have. */
export type RequestedRange = { kind: 'all' } | { kind: 'part'; from: number; to: number } | { kind: 'unsatisfiable' };

/** What is longer is meant to keep this busy. */
const LONGEST_HEADER = 100;

/**
 * Reads a `Range` header (RFC 9110, section 14) against a resource of `size` bytes. One range of bytes is understood: `a-b`,
 * `a-` and `-n` (the last n bytes). Other units, several ranges and malformed headers are ignored, as the RFC allows.
 */
export function parseByteRange(header: string | null, size: number): RequestedRange {
  if (header !== null && header.length > LONGEST_HEADER) return { kind: 'all' };
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return { kind: 'all' };
  if (first === '') {
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', from: size - suffix, to: size };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return { kind: 'all' };
  if (from >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', from, to: last === '' ? size : Math.min(size, Number(last) + 1) };
}
