import { lstat } from 'node:fs/promises';
import type { SystemCheck } from '@/contract/system-status';
import { secretKeyFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { wrongGivenKeys } from '@/server/secrets/given-keys';
import { failed, inOrder, warning } from '@/server/system/check';

const NAME = 'Install key';

/** Where the key that seals secrets comes from, and whether it is one. What is sealed with others is a check of its own: it takes the database. */
export async function checkInstallKey(): Promise<SystemCheck[]> {
  const wrong = wrongGivenKeys();
  if (wrong.length > 0) return wrong.map(({ variable, sentence }) => failed(variable, sentence, `Set ${variable} to what \`openssl rand -base64 32\` prints. A key that has sealed something already must stay: put the right one back.`));
  const given = env().ANYON_SECRET_KEY !== undefined;
  const mode = await lstat(secretKeyFile()).then((found) => found.mode & 0o777, () => null);
  return [judgeInstallKey({ given, file: secretKeyFile(), mode })];
}

/** `mode` of the key file; null when there is none. */
export function judgeInstallKey({ given, file, mode }: { given: boolean; file: string; mode: number | null }): SystemCheck {
  if (mode !== null && (mode & 0o077) !== 0) return warning(NAME, `Other users of this machine may use the key file ${file} (mode ${mode.toString(8)}).`, `Run \`chmod 600 ${file}\`. If somebody may have read it, give Anyon a new key and run \`npm run rotate-keys\`.`);
  if (given) return inOrder(NAME, 'From ANYON_SECRET_KEY. Keep a copy in another place than the backups.');
  return inOrder(NAME, mode === null ? 'Is made at the first start.' : `In ${file}, for this user alone. Keep a copy in another place than the backups.`);
}
