import { createHash } from 'node:crypto';
import { processState } from '@/server/process-state';
import { createMasker, type Masker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';

/**
 * The masker for these secret values; one for all who ask with the same at a time. The tables of a masker take half a MB, and most runs of a person are given
 * the same secrets, or none. It is kept as long as somebody has it; of the values a digest alone is kept.
 */
export function sharedMasker(values: readonly string[]): Masker {
  const { maskers, gone } = held();
  const key = digestOf(values);
  const kept = maskers.get(key)?.deref();
  if (kept) return kept;
  const made = createMasker(secretNeedles(values));
  maskers.set(key, new WeakRef(made));
  gone.register(made, key);
  return made;
}

interface Held {
  maskers: Map<string, WeakRef<Masker>>;
  gone: FinalizationRegistry<string>;
}

function held(): Held {
  return processState('maskers', () => {
    const maskers = new Map<string, WeakRef<Masker>>();
    // Another one for the same values may stand there by now.
    const gone = new FinalizationRegistry<string>((key) => void (maskers.get(key)?.deref() ?? maskers.delete(key)));
    return { maskers, gone };
  });
}

/** Order and repeats make no other masker. */
function digestOf(values: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify([...new Set(values)].sort())).digest('base64');
}
