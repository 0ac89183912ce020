import type { Env } from '@/server/env';
import { AnyonError } from '@/server/errors';

const MAKE_ONE = 'Make one with `openssl rand -base64 32`.';
/** Words of templates and of people in a hurry. Six letters or more: shorter ones turn up in random base64. */
const WORDS = /changeme|change-me|change_me|password|passwort|secret|example|placeholder|default|insecure|replace|your-key|yourkey|qwerty|letmein|test-key|testkey/i;
/** Test keys of standards, which everybody knows. */
const PUBLISHED = ['603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308', 'c47b0294dbbbee0fec4757f22ffeee3587ca4730c3d33b691df38bab076bc558'];

/** The bytes of an install key as it is written in the environment; throws naming the variable, never repeating the value. */
export function parseKey(text: string, variable: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null;
  if (bytes?.length !== 32) throw new AnyonError('precondition', `${variable} is not a key: it is 32 random bytes, as 64 hexadecimal digits or in base64. ${MAKE_ONE}`);
  const weakness = weaknessOf(text, 8) ?? weaknessOf(bytes.toString('latin1'), 16) ?? (isText(bytes) ? 'it is text, not random bytes' : null);
  if (weakness ?? PUBLISHED.includes(bytes.toString('hex'))) throw new AnyonError('precondition', `${variable} is too weak: ${weakness ?? 'it is a published test key'}. ${MAKE_ONE}`);
  return bytes;
}

/** On a server that others reach, a guessable key of the session cookies signs anybody in. */
export function assertStrongAuthSecret({ ANYON_DEPLOYMENT_MODE, AUTH_SECRET }: Pick<Env, 'ANYON_DEPLOYMENT_MODE' | 'AUTH_SECRET'>): void {
  if (ANYON_DEPLOYMENT_MODE !== 'cloud' || AUTH_SECRET === undefined) return;
  const weakness = weaknessOf(AUTH_SECRET, 8);
  if (weakness) throw new AnyonError('precondition', `AUTH_SECRET is too weak: ${weakness}. ${MAKE_ONE}`);
}

/** What shows that it was not made at random; null when nothing does. Random ones of 32 letters or bytes pass, but for one in millions. */
function weaknessOf(text: string, leastDifferent: number): string | null {
  if (WORDS.test(text)) return 'it contains a word of an example';
  if (new Set(text).size < leastDifferent) return 'it has too few different characters';
  if (repeats(text)) return 'it repeats itself';
  return isSequence(text) ? 'it is a sequence' : null;
}

function repeats(text: string): boolean {
  const body = text.replace(/=+$/, '');
  for (let period = 1; period <= body.length / 2; period++) {
    if (body.slice(period) === body.slice(0, -period)) return true;
  }
  return false;
}

/** At least half of the steps from one character to the next are the same. */
function isSequence(text: string): boolean {
  const steps = new Map<number, number>();
  for (let at = 1; at < text.length; at++) {
    const step = text.charCodeAt(at) - text.charCodeAt(at - 1);
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  return Math.max(0, ...steps.values()) >= text.length / 2;
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}
