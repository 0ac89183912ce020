import { raiseAlert, resolveAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import type { Injection, SecretFile } from '@/server/secrets/injection/secret-file';
import { attemptsIn, placeSecretFiles, removeSecretFolder } from '@/server/secrets/injection/secret-folder';
import { noteEndOfUses, noteSecretUses } from '@/server/secrets/injection/secret-uses';

/**
 * Writes who gets what (secret_uses, the audit), then the files: `<ANYON_TEMP_DIR>/cloud-secrets/<workspace>/<attempt>`, mode 700, files 400,
 * the container user's. Safe to repeat with the same files. Throws `AnyonError` when they cannot be placed; then nothing is left there.
 */
export async function injectSecrets(injection: Injection, files: readonly SecretFile[]): Promise<void> {
  await noteSecretUses(injection, files);
  await placeSecretFiles(injection, files);
}

/** Takes the files away and notes the end. Safe to repeat; raises an alert, and throws, when they cannot be removed. */
export async function withdrawSecrets(place: Pick<Injection, 'workspaceId' | 'attempt'>): Promise<void> {
  const { workspaceId, attempt } = place;
  const key = `secret_not_removed:${workspaceId}/${attempt}`;
  try {
    await removeSecretFolder(place);
  } catch (error) {
    const reason = describeError(error);
    log().error({ err: error, workspaceId, attempt }, 'secrets: files could not be removed');
    const title = 'Secrets of a run that is over could not be removed';
    const body = `The folder ${attempt} of the workspace ${workspaceId} in cloud-secrets is still there (${reason}). Anyon tries again every few seconds. See what holds it, or remove it by hand.`;
    await raiseAlert(database(), { kind: 'secret_not_removed', severity: 'error', key, userId: null, title, body, link: '/system' });
    throw new AnyonError('unavailable', `The secrets of ${attempt} could not be removed: ${reason}`, { cause: error });
  }
  await noteEndOfUses(attempt);
  await resolveAlert(database(), key);
}

/** Withdraws everything that commands of the workspace were given: its container does not run. What cannot be removed has raised an alert and is tried again by the sweep. */
export async function clearWorkspaceSecrets(workspaceId: string): Promise<void> {
  for (const attempt of await attemptsIn(workspaceId)) {
    await withdrawSecrets({ workspaceId, attempt }).catch((error: unknown) => {
      if (!isAnyonError(error)) throw error;
    });
  }
}
