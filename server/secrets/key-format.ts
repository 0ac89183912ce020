import { AnyonError } from '@/server/errors';

export const KEY_BYTES = 32;

/** The bytes of a key as it is written in the environment; throws naming the variable, never repeating the value. */
export function parseKey(text: string, variable: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null;
  if (bytes?.length !== KEY_BYTES) {
    throw new AnyonError('precondition', `${variable} is not a key: it is ${KEY_BYTES} random bytes, written as 64 hexadecimal digits or in base64. Make one with \`openssl rand -base64 32\`.`);
  }
  return bytes;
}
