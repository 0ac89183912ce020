import { AnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { keyring } from '@/server/secrets/keyring';
import { open, seal } from '@/server/secrets/seal';

/** A short-lived text between two processes, sealed for a place of its own; `openText` refuses what was sealed for another. */
export function sealText(text: string, purpose: string, id: string): string {
  const { current } = keyring();
  return `${current.id}.${seal(current.derive('text'), Buffer.from(text), ['text', purpose, id]).toString('base64url')}`;
}

/** The text. Throws one and the same error for whatever is wrong with it. */
export function openText(sealed: string, purpose: string, id: string): string {
  const [keyId = '', text = ''] = sealed.split('.');
  try {
    const key = keyring().find(keyId);
    if (!key) throw new Error(`The key ${keyId.slice(0, 12)} was not given.`);
    return open(key.derive('text'), Buffer.from(text, 'base64url'), ['text', purpose, id]).toString();
  } catch (error) {
    log().error({ purpose, id, err: error }, 'vault: a sealed text was refused');
    throw new AnyonError('internal', 'What was sent cannot be read. Do it again.', { cause: error });
  }
}
