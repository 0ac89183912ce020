import type { MaskedText } from '@/contract/masked-text';
import { parseShallowJson } from '@/contract/nested-json';
import type { Masker } from '@/server/secrets/mask';

/** Ways to write a letter in JSON that need no such way: what was spelt by them was not found in the line. */
const NEEDLESS_ESCAPE = /\\u|\\\//;

/**
 * A line that was masked byte by byte, as somebody may parse it. Parsing undoes the escapes of JSON, and with them those of a secret that was spelt by them: a line
 * with such escapes is parsed here, masked word by word and written anew; without a secret in it, it stays as it came.
 */
export function withoutSpeltSecrets(payload: MaskedText | null, masker: Masker): MaskedText | null {
  if (payload === null || !NEEDLESS_ESCAPE.test(payload)) return payload;
  const line = parseShallowJson(payload);
  if (line === null) return payload; // plain text for the reader too: nobody undoes escapes in it
  const masked = masker.maskText(JSON.stringify(line, (_key, value: unknown) => withMaskedWords(value, masker)));
  return masked === JSON.stringify(line) ? payload : masked;
}

function withMaskedWords(value: unknown, masker: Masker): unknown {
  if (typeof value === 'string') return masker.maskText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [masker.maskText(key), held]));
}
