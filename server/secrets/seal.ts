import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** First byte of everything sealed; also part of what each seal is bound to. */
export const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: format, IV, tag, ciphertext in one piece. `bound` says what the bytes are and where they belong; they open with
 * exactly the same words only.
 */
export function seal(key: Buffer, plain: Buffer, bound: readonly unknown[]): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(boundBytes(bound));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), iv, cipher.getAuthTag(), sealed]);
}

/** Throws on anything but what `seal` made with this key for this place. */
export function open(key: Buffer, sealed: Buffer, bound: readonly unknown[]): Buffer {
  if (sealed.length < 1 + IV_BYTES + TAG_BYTES || sealed[0] !== FORMAT) throw new Error('It is not in the format of a sealed value.');
  const tagAt = 1 + IV_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, tagAt), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundBytes(bound)).setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(tagAt + TAG_BYTES)), decipher.final()]);
}

/** JSON keeps the parts apart: no two lists have the same bytes. */
function boundBytes(bound: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify(['anyon', FORMAT, ...bound]));
}
