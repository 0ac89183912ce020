import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertStrongAuthSecret, parseKey } from '@/server/secrets/key-check';
import { makeKeyring } from '@/server/secrets/keyring';
import { root } from '@/tests/house/house';

const text = (words: string) => Buffer.from(words.repeat(32)).subarray(0, 32).toString('base64');
const weak: Record<string, string> = {
  'a word': 'changeme',
  '16 bytes': randomBytes(16).toString('hex'),
  '31 bytes': randomBytes(31).toString('base64'),
  '33 bytes': randomBytes(33).toString('base64'),
  'neither hexadecimal nor base64': `${randomBytes(24).toString('base64')} !?`,
  'zeroes': '0'.repeat(64),
  'one letter in base64': `${'A'.repeat(43)}=`,
  'a repeated pattern': '0123456789abcdef'.repeat(4),
  'a repeated half': randomBytes(16).toString('hex').repeat(2),
  'counted bytes': Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('hex'),
  'the alphabet': 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq=',
  'few different bytes': Buffer.from(randomBytes(32).map((byte) => byte % 8)).toString('base64'),
  'a text in base64': text('changeme'),
  'a pass phrase in base64': Buffer.from('correct horse battery staple 123').toString('base64'),
  'a word of an example': `replacethis${randomBytes(24).toString('base64').replace(/[+/]/g, 'x')}`,
  'the test key of NIST': '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
};

/** As good as random here, and the same every time: one in millions of random ones has a word in it. */
const asRandom = (number: number) => createHash('sha256').update(String(number)).digest();

describe('an install key', () => {
  it.each(Object.entries(weak))('SEC-03 is refused when it is %s, naming the variable and not the value', (_name, value) => {
    expect(() => parseKey(value, 'ANYON_SECRET_KEY')).toThrow(expect.objectContaining({ kind: 'precondition', message: expect.stringMatching(/^ANYON_SECRET_KEY is /) as string }));
    expect(() => parseKey(value, 'ANYON_SECRET_KEY')).not.toThrow(value);
  });

  it('is taken when it is random, in every way of writing it', () => {
    for (let times = 0; times < 5_000; times++) {
      const bytes = asRandom(times);
      for (const written of [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('hex').toUpperCase()]) expect(parseKey(written, 'KEY')).toEqual(bytes);
    }
  });

  it('SEC-03 must be there, and the ones before it are looked at too', () => {
    expect(() => makeKeyring({})).toThrow('ANYON_SECRET_KEY is not set');
    expect(() => makeKeyring({ ANYON_SECRET_KEY: randomBytes(32).toString('hex'), ANYON_SECRET_KEYS_BEFORE: 'changeme' })).toThrow('ANYON_SECRET_KEYS_BEFORE is not a key');
  });

  it('SEC-03 that stands in a document or template is refused', () => {
    const documents = ['README.md', ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];
    const written = documents.flatMap((file) => [...readFileSync(path.join(root, file), 'utf8').matchAll(/\b(?:ANYON_SECRET_KEY|ANYON_SECRET_KEYS_BEFORE|AUTH_SECRET)=['"]?([^\s'"`]+)/g)].map((match) => match[1] ?? ''));
    for (const value of written) expect(() => parseKey(value, 'ANYON_SECRET_KEY')).toThrow();
  });
});

describe('AUTH_SECRET', () => {
  const cloud = (AUTH_SECRET: string) => assertStrongAuthSecret({ ANYON_DEPLOYMENT_MODE: 'cloud', AUTH_SECRET });

  it.each(['changeme'.repeat(4), 'x'.repeat(32), 'a-secret-of-more-than-thirty-two-characters', 'abcdefghijklmnopqrstuvwxyz012345', '0123456789abcdef'.repeat(2)])('SEC-03 is refused in the cloud as %s', (value) => {
    expect(() => cloud(value)).toThrow('AUTH_SECRET is too weak');
  });

  it('is taken when it is random', () => {
    for (let times = 0; times < 5_000; times++) {
      for (const written of [asRandom(times).toString('base64url'), asRandom(times).toString('base64').slice(0, 32), asRandom(times).toString('hex').slice(0, 32)]) expect(() => cloud(written)).not.toThrow();
    }
  });
});
