import type { SystemCheck } from '@/contract/system-status';
import { database } from '@/server/database';
import { missingKeys } from '@/server/secrets/missing-keys';
import { readKeyRotation } from '@/server/secrets/rotate-keys';
import { failed, inOrder, warning } from '@/server/system/check';

const NAME = 'Secret keys';

export async function checkKeys(): Promise<SystemCheck[]> {
  const [missing, { currentKeyId, versions, onCurrentKey }] = await Promise.all([missingKeys(database()), readKeyRotation(database())]);
  if (missing.length > 0) {
    const each = missing.map(({ keyId, versions: values }) => `${values} with ${keyId}`).join(', ');
    return [failed(NAME, `Stored secrets are sealed with keys that were not given: ${each}.`, 'Add them to ANYON_SECRET_KEYS_BEFORE and run `npm run up`.')];
  }
  if (onCurrentKey < versions) return [warning(NAME, `${versions - onCurrentKey} of ${versions} stored values are still sealed with an older key.`, 'Run `npm run rotate-keys`.')];
  return [inOrder(NAME, `Everything stored is sealed with the key ${currentKeyId}.`)];
}
