import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { assertStrongAuthSecret } from '@/server/secrets/key-check';
import { makeKeyring } from '@/server/secrets/keyring';

export interface WrongKey {
  variable: 'ANYON_SECRET_KEY' | 'AUTH_SECRET';
  /** What is wrong and how to make a right one; never the value. */
  sentence: string;
}

/** What is wrong with the keys of the environment: missing where one is demanded, none, or weak. Makes nothing. */
export function wrongGivenKeys(): WrongKey[] {
  const { ANYON_SECRET_KEY, ANYON_SECRET_KEYS_BEFORE, ANYON_DEPLOYMENT_MODE } = env();
  const wrong: WrongKey[] = [];
  try {
    assertStrongAuthSecret(env());
  } catch (error) {
    wrong.push({ variable: 'AUTH_SECRET', sentence: describeError(error) });
  }
  if (!ANYON_SECRET_KEY) {
    if (ANYON_DEPLOYMENT_MODE === 'cloud') wrong.push({ variable: 'ANYON_SECRET_KEY', sentence: 'ANYON_SECRET_KEY is not set. It seals every secret and is demanded in the mode cloud: 32 random bytes, made with `openssl rand -base64 32`. Keep a copy; without it no secret can be read.' });
    return wrong;
  }
  try {
    makeKeyring({ ANYON_SECRET_KEY, ANYON_SECRET_KEYS_BEFORE });
  } catch (error) {
    wrong.push({ variable: 'ANYON_SECRET_KEY', sentence: describeError(error) });
  }
  return wrong;
}

/** Throws the first of them. */
export function assertRightGivenKeys(): void {
  const [wrong] = wrongGivenKeys();
  if (wrong) throw new AnyonError('precondition', wrong.sentence);
}
