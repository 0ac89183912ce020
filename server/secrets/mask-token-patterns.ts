/**
 * Credentials that are recognised by their shape, whether or not Anyon gave them to the run:
 *   sk-ant-<word>-<tail>   Anthropic keys and tokens (api03, oat01, ort01, admin01, any word of 1–32 letters and digits), tail ≥ 8
 *   gh[pousr]_<tail>       GitHub tokens, tail ≥ 36
 *   github_pat_<tail>      GitHub fine-grained tokens, tail ≥ 22
 *   anyon_<tail>           Anyon's own API tokens, tail ≥ 38
 * A token is as long as its tail runs, but at most MAX_TOKEN_BYTES from its start; the bound keeps masking a local function.
 */
export interface TokenPattern {
  readonly prefix: string;
  /** Letters and digits, then a dash, between prefix and tail; 0 where the tail follows at once. */
  readonly maxWord: number;
  readonly tail: Uint8Array;
  readonly minTail: number;
}

export const MAX_TOKEN_BYTES = 1024;

/** What `matchToken` answers when the bytes end before it is known whether a token starts here. */
export const UNDECIDED = -1;

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const alphanumeric = byteSet(letters);
const tokenBytes = byteSet(`${letters}_-`);

export const tokenPatterns: readonly TokenPattern[] = [
  { prefix: 'sk-ant-', maxWord: 32, tail: byteSet(`${letters}_-`), minTail: 8 },
  { prefix: 'github_pat_', maxWord: 0, tail: byteSet(`${letters}_`), minTail: 22 },
  { prefix: 'anyon_', maxWord: 0, tail: alphanumeric, minTail: 38 },
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => ({ prefix, maxWord: 0, tail: alphanumeric, minTail: 36 })),
];

/** The most bytes that can stand at the end of the data while it is still open whether they start a token. */
export const MAX_UNDECIDED_BYTES = Math.max(
  ...tokenPatterns.map(({ prefix, maxWord, minTail }) => prefix.length + (maxWord > 0 ? maxWord + 1 : 0) + minTail - 1),
);

/** True for what may stand inside a token of any pattern. */
export function isTokenByte(byte: number): boolean {
  return byte >= 0 && tokenBytes[byte] === 1;
}

/** Length of the token of this pattern that starts at `at` as far as the bytes go, 0 if none does, or UNDECIDED. */
export function matchToken(bytes: Uint8Array, at: number, pattern: TokenPattern): number {
  const { prefix, maxWord, tail, minTail } = pattern;
  const end = bytes.length;
  for (let i = 0; i < prefix.length; i++) {
    if (at + i >= end) return UNDECIDED;
    if (bytes[at + i] !== prefix.charCodeAt(i)) return 0;
  }
  let position = at + prefix.length;
  if (maxWord > 0) {
    const word = position;
    while (position < end && position - word < maxWord && alphanumeric[bytes[position]!] === 1) position++;
    if (position >= end) return UNDECIDED;
    if (position === word || bytes[position] !== 0x2d) return 0;
    position++;
  }
  const tailStart = position;
  const limit = Math.min(end, at + MAX_TOKEN_BYTES);
  while (position < limit && tail[bytes[position]!] === 1) position++;
  if (position - tailStart >= minTail) return position - at;
  return position >= end ? UNDECIDED : 0;
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}
