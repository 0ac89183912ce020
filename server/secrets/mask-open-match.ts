import { MAX_UNDECIDED_BYTES, UNDECIDED, matchToken, tokenPatterns } from '@/server/secrets/mask-token-patterns';

/**
 * Makes the function that finds the first position, `from` or later, at which the bytes to the end are a proper prefix of a
 * literal and may still grow into it. It answers the length of the bytes if there is none.
 */
export function createOpenLiteralFinder(literals: readonly Buffer[]): (bytes: Buffer, from: number) => number {
  const byFirstByte = new Map<number, Buffer[]>();
  for (const literal of literals) {
    const group = byFirstByte.get(literal[0]!);
    if (group) group.push(literal);
    else byFirstByte.set(literal[0]!, [literal]);
  }
  const pairs = startingPairs(literals);
  const longest = literals.reduce((most, literal) => Math.max(most, literal.length), 0);

  return (bytes, from) => {
    for (let at = Math.max(from, bytes.length - longest + 1); at < bytes.length; at++) {
      const byte = bytes[at]!;
      const maybe = at + 1 >= bytes.length || pairs[(byte << 8) | bytes[at + 1]!] === 1;
      if (maybe && byFirstByte.get(byte)?.some((literal) => isOpen(bytes, at, literal))) return at;
    }
    return bytes.length;
  };
}

const patternsByFirstByte = new Map<number, (typeof tokenPatterns)[number][]>();
for (const pattern of tokenPatterns) {
  const code = pattern.prefix.charCodeAt(0);
  patternsByFirstByte.set(code, [...(patternsByFirstByte.get(code) ?? []), pattern]);
}

/** The first position at which it is open whether a token starts there; the length of the bytes if there is none. */
export function findOpenToken(bytes: Buffer): number {
  for (let at = Math.max(0, bytes.length - MAX_UNDECIDED_BYTES); at < bytes.length; at++) {
    if (patternsByFirstByte.get(bytes[at]!)?.some((pattern) => matchToken(bytes, at, pattern) === UNDECIDED)) return at;
  }
  return bytes.length;
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
