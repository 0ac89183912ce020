import type { MaskedText } from '@/contract/masked-text';
import { CUT_HERE } from '@/server/runs/questions/close-cut-json';
import type { Masker } from '@/server/secrets/mask';

/** JSON text of a value whose every text went through the masker: parsing has undone the escapes in which a secret may have hidden. */
export function maskedJson(masker: Masker, value: unknown): MaskedText {
  return masker.maskText(JSON.stringify(maskedTexts(masker, value) ?? null));
}

function maskedTexts(masker: Masker, value: unknown): unknown {
  if (typeof value === 'string') return maskedTextOf(masker, value);
  if (Array.isArray(value)) return value.map((one) => maskedTexts(masker, one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [masker.maskText(key), maskedTexts(masker, one)]));
}

/** In a text that was cut an escaped secret may have been cut too: so much as one can take is left out before the end. */
function maskedTextOf(masker: Masker, text: string): string {
  const masked = masker.maskText(text);
  return masked.endsWith(CUT_HERE) ? `${masked.slice(0, -Math.max(1, masker.lookaround)).toWellFormed()}…` : masked;
}
