import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { log } from '@/server/log';
import { type Envelope, fingerprintOf, openValue, rewrap, type SealedPlace, sealValue } from '@/server/secrets/envelope';
import { seal } from '@/server/secrets/seal';
import { changeEnvironment } from '@/tests/setup/test-environment';

const key = () => randomBytes(32).toString('base64');
const REFUSED = 'A stored secret cannot be read. Set it again.';
const first = key();
let value: string;
let place: SealedPlace;
let envelope: Envelope;
let logged: unknown[];

beforeEach(() => {
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_SECRET_KEY: first, ANYON_SECRET_KEYS_BEFORE: undefined });
  value = randomBytes(24).toString('hex');
  place = { ownerId: randomUUID(), kind: 'custom', secretId: randomUUID(), version: 3 };
  envelope = sealValue(place, value);
  logged = [];
  vi.spyOn(log(), 'error').mockImplementation((...words: unknown[]) => void logged.push(...words));
});
afterEach(() => vi.restoreAllMocks());

/** Refused with the one error, and one line in the log that says where and neither the value nor a key. */
function expectRefused(at: SealedPlace, what: Envelope): void {
  logged.length = 0;
  expect(() => openValue(at, what)).toThrow(expect.objectContaining({ kind: 'internal', message: REFUSED }));
  expect(logged).toEqual([expect.objectContaining({ secretId: at.secretId, version: at.version }), 'vault: a sealed value was refused']);
  expect(JSON.stringify(logged)).not.toContain(value);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
  return copy;
}

describe('a sealed value', () => {
  it('SEC-02 opens in its place, and holds nothing of the value or the key in the clear', () => {
    expect(openValue(place, envelope)).toBe(value);
    const bytes = Buffer.concat([envelope.sealed, envelope.wrappedKey]);
    for (const part of [Buffer.from(value), Buffer.from(first, 'base64')]) expect(bytes.includes(part.subarray(0, 8))).toBe(false);
    expect(envelope.keyId).toMatch(/^[0-9a-f]{12}$/);
    expect(Buffer.from(first, 'base64').toString('hex')).not.toContain(envelope.keyId);
  });

  it('SEC-02 is refused with any byte changed, of the value or of its key', () => {
    for (let at = 0; at < envelope.sealed.length; at++) expectRefused(place, { ...envelope, sealed: flipped(envelope.sealed, at) });
    for (let at = 0; at < envelope.wrappedKey.length; at++) expectRefused(place, { ...envelope, wrappedKey: flipped(envelope.wrappedKey, at) });
  });

  it('SEC-02 is refused cut at any length, and with a tag of 4, 8 or 12 bytes', () => {
    for (let length = 0; length < envelope.sealed.length; length++) expectRefused(place, { ...envelope, sealed: envelope.sealed.subarray(0, length) });
    for (let length = 0; length < envelope.wrappedKey.length; length++) expectRefused(place, { ...envelope, wrappedKey: envelope.wrappedKey.subarray(0, length) });
    for (const tag of [4, 8, 12]) {
      const short = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 13 + tag), bytes.subarray(29)]);
      expectRefused(place, { ...envelope, sealed: short(envelope.sealed) });
      expectRefused(place, { ...envelope, wrappedKey: short(envelope.wrappedKey) });
    }
  });

  it('SEC-02 is refused in the row of another person, secret, purpose or version', () => {
    const others: Partial<SealedPlace>[] = [{ ownerId: randomUUID() }, { ownerId: null }, { kind: 'github' }, { kind: 'alert' }, { secretId: randomUUID() }, { version: 2 }];
    for (const other of others) expectRefused({ ...place, ...other }, envelope);
  });

  it('SEC-02 is refused with the data key of another row, or its parts in each other’s place', () => {
    const other = sealValue({ ...place, version: 4 }, value);
    expectRefused(place, { ...envelope, wrappedKey: other.wrappedKey });
    expectRefused(place, { ...envelope, sealed: other.sealed });
    expectRefused(place, { ...envelope, sealed: envelope.wrappedKey, wrappedKey: envelope.sealed });
  });

  it('says which key it needs when that was not given, and opens as soon as it is', () => {
    changeEnvironment({ ANYON_SECRET_KEY: key() });
    expect(() => openValue(place, envelope)).toThrow(expect.objectContaining({ kind: 'precondition', message: expect.stringContaining(envelope.keyId) as string }));
    changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: `${key()}, ${first}` });
    expect(openValue(place, envelope)).toBe(value);
  });

  it('SEC-02 is bound to the key it names', () => {
    changeEnvironment({ ANYON_SECRET_KEY: key(), ANYON_SECRET_KEYS_BEFORE: first });
    const current = sealValue(place, value).keyId;
    expect(current).not.toBe(envelope.keyId);
    expectRefused(place, { ...envelope, keyId: current });
  });

  it('SEC-10 opens under the new key alone once rewrapped; only its data key was sealed anew', () => {
    const second = key();
    changeEnvironment({ ANYON_SECRET_KEY: second, ANYON_SECRET_KEYS_BEFORE: first });
    const moved = rewrap(place, envelope);
    changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: undefined });
    expect(openValue(place, moved)).toBe(value);
    expect(moved.sealed).toEqual(envelope.sealed);
    expect(moved.wrappedKey).not.toEqual(envelope.wrappedKey);
  });
});

describe('sealing', () => {
  it('SEC-02 repeats no IV in 100,000 times, nor anything else', () => {
    const dataKey = randomBytes(32);
    const ivs = new Set<string>();
    for (let times = 0; times < 100_000; times++) ivs.add(seal(dataKey, Buffer.from('the same'), ['the same']).toString('latin1', 1, 13));
    expect(ivs.size).toBe(100_000);
    expect(sealValue(place, value).sealed).not.toEqual(envelope.sealed);
  });
});

describe('the fingerprint of a value', () => {
  it('is equal for equal values of one person, and for nobody else or under another key', () => {
    const mine = fingerprintOf(place.ownerId, value);
    expect(mine).toMatch(/^[0-9a-f]{12}$/);
    expect(fingerprintOf(place.ownerId, value)).toBe(mine);
    const others = [fingerprintOf(randomUUID(), value), fingerprintOf(null, value), fingerprintOf(place.ownerId, `${value} `)];
    changeEnvironment({ ANYON_SECRET_KEY: key() });
    expect(new Set([mine, ...others, fingerprintOf(place.ownerId, value)]).size).toBe(5);
  });
});
