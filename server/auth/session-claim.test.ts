import { randomUUID } from 'node:crypto';
import { encode } from 'next-auth/jwt';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readSessionClaim } from '@/server/auth/session-claim';
import { sessionCookieName } from '@/server/auth/session-cookie';
import { changeEnvironment } from '@/tests/setup/test-environment';

const SECRET = 'a-secret-of-more-than-thirty-two-characters';
const ANOTHER = 'another-secret-of-more-than-thirty-two-characters';

beforeEach(() => changeEnvironment({ AUTH_SECRET: SECRET, ANYON_URL: 'http://localhost:3000' }));
afterEach(() => {
  vi.useRealTimers();
  changeEnvironment({ AUTH_SECRET: undefined, ANYON_URL: undefined });
});

async function cookieFor(userId: string, { secret = SECRET, maxAge = 60, name = sessionCookieName() } = {}): Promise<string> {
  return `${name}=${await encode({ token: { sub: userId, sid: `session of ${userId}` }, secret, salt: name, maxAge })}`;
}

it('tells whose session a cookie claims, each time it is asked', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const cookies = { ada: await cookieFor(ada), bob: await cookieFor(bob) };
  for (let round = 0; round < 3; round += 1) {
    expect(await readSessionClaim(cookies.ada)).toEqual({ userId: ada, sessionId: `session of ${ada}` });
    expect(await readSessionClaim(`theme=dark; ${cookies.bob}`)).toEqual({ userId: bob, sessionId: `session of ${bob}` });
  }
});

it('believes nothing that it did not make: another key, a changed letter, another cookie, no claim', async () => {
  const cookie = await cookieFor(randomUUID());
  expect(await readSessionClaim(cookie)).not.toBeNull();
  expect(await readSessionClaim(await cookieFor(randomUUID(), { secret: ANOTHER }))).toBeNull();
  for (const at of [30, 60, cookie.length - 2]) expect(await readSessionClaim(cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1))).toBeNull();
  expect(await readSessionClaim(cookie.replace(sessionCookieName(), 'another'))).toBeNull();
  expect(await readSessionClaim('theme=dark')).toBeNull();
  expect(await readSessionClaim(await cookieFor(''))).toBeNull();
});

it('forgets what it has read when the cookie is over, and when the key is another one', async () => {
  const now = Date.now();
  const cookie = await cookieFor(randomUUID(), { maxAge: 60 });
  expect(await readSessionClaim(cookie)).not.toBeNull();
  changeEnvironment({ AUTH_SECRET: ANOTHER });
  expect(await readSessionClaim(cookie)).toBeNull();
  changeEnvironment({ AUTH_SECRET: SECRET });
  expect(await readSessionClaim(cookie)).not.toBeNull();
  vi.useFakeTimers({ now: now + 59_000, toFake: ['Date'] });
  expect(await readSessionClaim(cookie)).not.toBeNull();
  vi.setSystemTime(now + 120_000);
  expect(await readSessionClaim(cookie)).toBeNull();
});

it('keeps a thousand, and reads one that was dropped again', async () => {
  const first = await cookieFor('first');
  await readSessionClaim(first);
  for (let index = 0; index < 1_001; index += 1) await readSessionClaim(await cookieFor(`person ${index}`));
  const kept = (globalThis as unknown as Record<symbol, Map<string, Map<string, unknown>>>)[Symbol.for('anyon.process-state')]?.get('session-claims');
  expect(kept?.size).toBe(1_000);
  expect(JSON.stringify([...(kept ?? [])])).not.toContain(first.split('=')[1]);
  expect(await readSessionClaim(first)).toMatchObject({ userId: 'first' });
});
