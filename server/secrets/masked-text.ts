import type { MaskedText } from '@/contract/masked-text';
import { processState } from '@/server/process-state';
import type { MaskedBytes } from '@/server/secrets/mask';
import { sharedMasker } from '@/server/secrets/shared-masker';

/**
 * The text without tokens of GitHub and Claude, which are known by their shape. For texts that no run's own secrets can be in:
 * what people enter, what Docker and git answer, our own sentences about them. What comes out of a run goes through `runMasker`.
 */
export function maskTokens(text: string): MaskedText;
export function maskTokens(text: string | null): MaskedText | null;
export function maskTokens(text: string | null): MaskedText | null {
  return text === null ? null : processState('token-masker', () => sharedMasker([])).maskText(text);
}

/** What is read back from where nothing but masked bytes are written: the log of a run, its kept diff. */
export function maskedBefore(bytes: Buffer): MaskedBytes {
  return bytes as MaskedBytes;
}

/** Masked bytes as text. */
export function textOfMasked(bytes: MaskedBytes): MaskedText {
  return bytes.toString('utf8') as MaskedText;
}

/** Our own words. Takes constants only: a text that is put together at run time does not compile. */
export function plainWords<const Words extends string>(words: Constant<Words>): MaskedText {
  return words as string as MaskedText;
}

/** Never for `string` and for templates with something in them: a record with such keys needs none. */
type Constant<Words extends string> = Record<never, never> extends Record<Words, true> ? never : Words;
