import { database, rawDatabase } from '@/server/database';
import { describeError, isAnyonError } from '@/server/errors';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { assertNoMissingKeys } from '@/server/secrets/missing-keys';
import { rotateKeys, type RotationProgress } from '@/server/secrets/rotate-keys';

/**
 * `npm run rotate-keys` (dist/rotate-keys-command.mjs), in the environment of the running product: brings every stored secret to
 * ANYON_SECRET_KEY. May be ended and started again at any point. Exit code 1 when an older key is still needed.
 */
async function main(): Promise<boolean> {
  await assertNoMissingKeys(database());
  const done = await rotateKeys(database(), (progress) => process.stdout.write(`${inWords(progress)}\n`));
  if (done.onCurrentKey === done.versions) {
    process.stdout.write(`✓ ${inWords(done)}. Older keys are not needed any more: take them out of ANYON_SECRET_KEYS_BEFORE (and remove keys/secret-key, if ANYON_SECRET_KEY has replaced it), then run \`npm run up\`.\n`);
    return true;
  }
  const why = done.failed > 0 ? `${done.failed} cannot be read; the lines above name them. Set or delete those.` : 'Some were set under an older key meanwhile. Run this again.';
  process.stderr.write(`✗ ${inWords(done)}. Keep the older keys. ${why}\n`);
  return false;
}

function inWords({ onCurrentKey, versions, currentKeyId }: RotationProgress): string {
  return `${onCurrentKey} of ${versions} values are sealed with the key ${currentKeyId}`;
}

keepLogOutOfTheAnswer();
try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  const sentence = isAnyonError(error) ? error.message : `The database does not answer (${describeError(error)}). Run this again: it goes on where it was.`;
  process.stderr.write(`✗ ${sentence}\n`);
  process.exitCode = 1;
} finally {
  await rawDatabase().end({ timeout: 1 });
}
