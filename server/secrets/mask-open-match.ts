import { MAX_UNDECIDED_BYTES, UNDECIDED, matchToken, tokenPatterns } from '@/server/secrets/mask-token-patterns';

/**
 * Makes the function that finds the first position from which the bytes may still grow into a match (a proper prefix of a
 * literal, or an undecided token). Everything before it is settled. It answers the length of the bytes if there is none.
 */
export function createOpenMatchFinder(literals: readonly Buffer[]): (bytes: Buffer) => number {
  const byFirstByte = new Map<number, Buffer[]>();
  for (const literal of literals) {
    const group = byFirstByte.get(literal[0]!);
    if (group) group.push(literal);
    else byFirstByte.set(literal[0]!, [literal]);
  }
  const patterns = new Map<number, (typeof tokenPatterns)[number][]>();
  for (const pattern of tokenPatterns) {
    const code = pattern.prefix.charCodeAt(0);
    patterns.set(code, [...(patterns.get(code) ?? []), pattern]);
  }
  const pairs = startingPairs(literals);
  const longest = literals.reduce((most, literal) => Math.max(most, literal.length), MAX_UNDECIDED_BYTES + 1);

  return (bytes) => {
    for (let at = Math.max(0, bytes.length - longest + 1); at < bytes.length; at++) {
      const byte = bytes[at]!;
      const maybeLiteral = at + 1 >= bytes.length || pairs[(byte << 8) | bytes[at + 1]!] === 1;
      if (maybeLiteral && byFirstByte.get(byte)?.some((literal) => isOpen(bytes, at, literal))) return at;
      if (patterns.get(byte)?.some((pattern) => matchToken(bytes, at, pattern) === UNDECIDED)) return at;
    }
    return bytes.length;
  };
}

function startingPairs(literals: readonly Buffer[]): Uint8Array {
  const pairs = new Uint8Array(65_536);
  for (const literal of literals) pairs[(literal[0]! << 8) | literal[1]!] = 1;
  return pairs;
}

/** True if the bytes from `at` to the end are the beginning of the literal, which goes on after them. */
function isOpen(bytes: Buffer, at: number, literal: Buffer): boolean {
  const length = bytes.length - at;
  if (length >= literal.length) return false;
  for (let i = length - 1; i >= 0; i--) {
    if (bytes[at + i] !== literal[i]) return false;
  }
  return true;
}
