import type { DatabaseOrTransaction } from '@/db/client';

/**
 * Claude refused this version of the secret (401) in mid-run: the person's connection is `failed` with the reason and an alert is
 * raised, unless the connection has another secret or version by now. Null stands for the simulator: nothing is noted.
 */
export async function noteClaudeRefusal(_db: DatabaseOrTransaction, _userId: string, _used: { secretId: string; version: number } | null, _reason: string): Promise<void> {}

/** True when the person's runs can sign in with something that was not refused: another secret or version than `refused`, and not `failed`. */
export async function canClaudeSignIn(_db: DatabaseOrTransaction, _userId: string, _refused: { secretId: string; version: number } | null): Promise<boolean> {
  return true;
}
