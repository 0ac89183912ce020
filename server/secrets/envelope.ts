import { createHmac, randomBytes } from 'node:crypto';
import type { SecretKind } from '@/contract/secret';
import { AnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { type InstallKey, keyring } from '@/server/secrets/keyring';
import { open, seal } from '@/server/secrets/seal';

/** What a sealed value is bound to: moved to another row, it does not open. */
export interface SealedPlace {
  ownerId: string | null;
  kind: SecretKind;
  secretId: string;
  version: number;
}

export interface Envelope {
  keyId: string;
  wrappedKey: Buffer;
  sealed: Buffer;
}

/** Seals the value with a data key made for it alone, and that key with the install's. */
export function sealValue(place: SealedPlace, value: string): Envelope {
  const dataKey = randomBytes(32);
  const { current } = keyring();
  return { keyId: current.id, wrappedKey: wrap(current, dataKey, place), sealed: seal(dataKey, Buffer.from(value), ['value', ...words(place)]) };
}

/** Throws `precondition` when the install key is missing, `internal` (without saying why) when anything about the row is not as it was sealed. */
export function openValue(place: SealedPlace, envelope: Envelope): string {
  return opened(place, envelope, () => open(unwrap(place, envelope), envelope.sealed, ['value', ...words(place)])).toString();
}

/** The same value under the present key of the install: only the data key is sealed anew. */
export function rewrap(place: SealedPlace, envelope: Envelope): Envelope {
  const { current } = keyring();
  return { ...envelope, keyId: current.id, wrappedKey: wrap(current, opened(place, envelope, () => unwrap(place, envelope)), place) };
}

/** Equal for equal values of one person under one key of the install; without the key nobody can try values against it. */
export function fingerprintOf(ownerId: string | null, value: string): string {
  return createHmac('sha256', keyring().current.derive(`fingerprint/${ownerId ?? 'install'}`)).update(value).digest('hex').slice(0, 12);
}

function words({ ownerId, kind, secretId, version }: SealedPlace): readonly unknown[] {
  return [kind, ownerId, secretId, version];
}

function wrap(key: InstallKey, dataKey: Buffer, place: SealedPlace): Buffer {
  return seal(key.derive('wrap'), dataKey, ['data key', key.id, ...words(place)]);
}

function unwrap(place: SealedPlace, { keyId, wrappedKey }: Envelope): Buffer {
  const key = keyring().find(keyId);
  if (!key) throw new AnyonError('precondition', `A secret is sealed with a key that was not given (${keyId}). Add it to ANYON_SECRET_KEYS_BEFORE and restart Anyon.`);
  return open(key.derive('wrap'), wrappedKey, ['data key', keyId, ...words(place)]);
}

function opened(place: SealedPlace, { keyId }: Envelope, read: () => Buffer): Buffer {
  try {
    return read();
  } catch (error) {
    log().error({ secretId: place.secretId, version: place.version, keyId, err: error }, 'vault: a sealed value was refused');
    if (error instanceof AnyonError) throw error;
    throw new AnyonError('internal', 'A stored secret cannot be read. Set it again.', { cause: error });
  }
}
