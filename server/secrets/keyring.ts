import { hkdfSync } from 'node:crypto';
import { type Env, env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { parseKey } from '@/server/secrets/key-check';

/** A key of the install. The key itself seals nothing: each use has a key of its own, derived from it. */
export interface InstallKey {
  /** Says which key it is, and nothing about it: twelve hexadecimal digits derived from it. */
  id: string;
  derive(purpose: string): Buffer;
}

export interface Keyring {
  /** Seals from now on. */
  current: InstallKey;
  /** Opens what was sealed before; undefined when that key was not given. */
  find(keyId: string): InstallKey | undefined;
  ids: string[];
}

const keyrings = new WeakMap<Env, Keyring>();

/** The keys of this process, out of ANYON_SECRET_KEY and ANYON_SECRET_KEYS_BEFORE. */
export function keyring(): Keyring {
  const known = keyrings.get(env());
  if (known) return known;
  const made = makeKeyring(env());
  keyrings.set(env(), made);
  return made;
}

/** What the environment says of keys; `undefined` for what it does not. */
export interface WrittenKeys {
  ANYON_SECRET_KEY?: string | undefined;
  ANYON_SECRET_KEYS_BEFORE?: string | undefined;
}

/** Throws, naming the variable, when there is no key, or one that is none, or a weak one. */
export function makeKeyring({ ANYON_SECRET_KEY, ANYON_SECRET_KEYS_BEFORE }: WrittenKeys): Keyring {
  if (!ANYON_SECRET_KEY) throw new AnyonError('precondition', 'ANYON_SECRET_KEY is not set. Start Anyon with `npm run up`, which makes one, or set 32 random bytes in base64.');
  const before = (ANYON_SECRET_KEYS_BEFORE ?? '').split(',').map((text) => text.trim()).filter(Boolean);
  const current = installKey(parseKey(ANYON_SECRET_KEY, 'ANYON_SECRET_KEY'));
  const keys = [current, ...before.map((text) => installKey(parseKey(text, 'ANYON_SECRET_KEYS_BEFORE')))];
  return { current, find: (keyId) => keys.find((key) => key.id === keyId), ids: keys.map((key) => key.id) };
}

function installKey(bytes: Buffer): InstallKey {
  const derive = (purpose: string, length = 32) => Buffer.from(hkdfSync('sha256', bytes, '', `anyon/${purpose}`, length));
  return { id: derive('key-id', 6).toString('hex'), derive };
}
