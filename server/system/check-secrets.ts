import type { SystemCheck } from '@/contract/system-status';
import { secretsDir } from '@/server/deployment/paths';
import { ensureSecretsDir, isInMemory } from '@/server/deployment/secrets-place';
import { inOrder, warning } from '@/server/system/check';

/** Where runs find their secrets. */
export async function checkSecretsPlace(): Promise<SystemCheck[]> {
  await ensureSecretsDir(); // what it throws is a failed check
  return [judgeSecretsPlace(secretsDir(), await isInMemory())];
}

export function judgeSecretsPlace(place: string, inMemory: boolean): SystemCheck {
  if (inMemory) return inOrder('Secrets of runs', `In memory, at ${place}`);
  const fix = 'Run `npm run up` as root, which mounts a memory file system there, or set ANYON_TEMP_DIR to a folder of your own on one, such as /dev/shm/anyon.';
  return warning('Secrets of runs', `On the disk, at ${place}, while a run lives: after a power cut they can be read from it until Anyon starts again.`, fix);
}
