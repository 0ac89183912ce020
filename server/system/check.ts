import type { SystemCheck } from '@/contract/system-status';
import { describeError } from '@/server/errors';

export function inOrder(name: string, detail: string): SystemCheck {
  return { name, severity: 'ok', detail, fix: null };
}

/** Anyon works, but less safely or less well than it could. */
export function warning(name: string, detail: string, fix: string): SystemCheck {
  return { name, severity: 'warning', detail, fix };
}

/** Something does not work until it is put right. */
export function failed(name: string, detail: string, fix: string): SystemCheck {
  return { name, severity: 'failed', detail, fix };
}

const PATIENCE_MS = 2_000;

/**
 * Makes a check within two seconds (or that patience), whatever it waits for: one that does not answer, or throws, is a failed check of that
 * name. `make` gets a signal for what it asks; what heeds none goes on unseen.
 */
export async function withinPatience(name: string, fix: string, make: (signal: AbortSignal) => Promise<SystemCheck[]>, patienceMs = PATIENCE_MS): Promise<SystemCheck[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SystemCheck[]>((resolve) => {
    timer = setTimeout(() => resolve([failed(name, `No answer within ${patienceMs / 1000} s.`, fix)]), patienceMs);
  });
  // Asked to stop a moment before: then what was asked can still say why.
  const made = make(AbortSignal.timeout(patienceMs - 200)).catch((error: unknown) => [failed(name, describeError(error), fix)]);
  try {
    return await Promise.race([made, late]);
  } finally {
    clearTimeout(timer);
  }
}
