import { claudeSource } from '@/server/secrets/claude-source';
import { createMasker, type Masker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

/** The masker for everything that comes out of a run: every value that is injected into it, in all encodings, and the known token shapes. */
export function runMasker(): Masker {
  return createMasker(secretNeedles([claudeSource().credential.value]));
}
