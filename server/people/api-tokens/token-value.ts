import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'anyon_';
const RANDOM_LENGTH = 32;
const CHECK_LENGTH = 6;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const shape = new RegExp(`^${PREFIX}([0-9A-Za-z]{${RANDOM_LENGTH}})([0-9A-Za-z]{${CHECK_LENGTH}})$`);

/** A new token: a prefix that scanners know, 32 random letters and digits (190 bits), and their checksum, by which a mistyped or made-up one is told. */
export function newTokenValue(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${PREFIX}${random}${checksum(random)}`;
}

/** True when the text was made as a token; whether it counts, the rows say. */
export function isTokenValue(text: string): boolean {
  const [, random = '', check] = shape.exec(text) ?? [];
  return check !== undefined && checksum(random) === check;
}

/** What is stored of a token. A plain SHA-256: slow hashes are for what people make up, and this is looked up at every request. */
export function hashOfToken(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function checksum(random: string): string {
  let rest = crc32(random);
  let text = '';
  for (let at = 0; at < CHECK_LENGTH; at++) {
    text = `${alphabet[rest % alphabet.length] ?? ''}${text}`;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}
