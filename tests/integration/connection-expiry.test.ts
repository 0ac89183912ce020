import { eq, like, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { alerts, claudeConnections } from '@/db/schema';
import { listBanners } from '@/server/alerts/banners';
import { warnOfExpiry } from '@/server/alerts/expiry';
import { putSecret } from '@/server/secrets/vault';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

const DAY = 24 * 3_600_000;
const end = new Date('2027-03-31T12:00:00Z');
/** So many days before the end. */
const before = (days: number) => new Date(end.getTime() - days * DAY);

let bench: SignInBench;
let person: SignedIn;

beforeAll(async () => {
  bench = await startSignIn();
  person = await signedInPerson(bench.database, 'ada');
});
beforeEach(async () => {
  await bench.testDatabase.sql`delete from alerts`;
  await bench.testDatabase.sql`delete from claude_connections`;
  await connect(end);
});
afterAll(() => bench?.close());

async function connect(expiresAt: Date | null): Promise<void> {
  const { userId } = person.actor;
  const { secretId } = await putSecret(bench.database, { ownerId: userId, kind: 'claude', name: 'claude' }, 'a-value-that-opens-nothing');
  const values = { userId, secretId, status: 'connected' as const, statusReason: null, expiresAt, warnedDays: null, method: 'subscription' as const };
  await bench.database.insert(claudeConnections).values(values).onConflictDoUpdate({ target: claudeConnections.userId, set: values });
}

const notices = async () => (await bench.database.select().from(alerts).where(like(alerts.key, 'secret_expiring:%')).orderBy(alerts.createdAt)).map(({ title, count, resolvedAt }) => ({ title, count, open: resolvedAt === null }));
const status = async () => (await bench.database.select({ status: claudeConnections.status }).from(claudeConnections).where(eq(claudeConnections.userId, person.actor.userId)))[0]?.status;

describe('SEC-13 a token that comes to its end', () => {
  it('is told exactly once at 14, 7 and 1 days and when it is over, however often one looks', async () => {
    const told: number[] = [];
    for (let hours = 20 * 24; hours >= -48; hours -= 3) {
      const length = (await notices()).length;
      await warnOfExpiry(before(hours / 24));
      if ((await notices()).length > length) told.push(hours / 24);
    }
    expect(told).toEqual([14, 7, 1, 0]);
    expect(await notices()).toEqual([
      { title: 'Your Claude connection ends in 14 days or less', count: 1, open: false },
      { title: 'Your Claude connection ends in 7 days or less', count: 1, open: false },
      { title: 'Your Claude connection ends within a day', count: 1, open: false },
      { title: 'Your Claude connection has expired', count: 1, open: true },
    ]);
  });

  it('is told once by two workers at the same moment, and for the nearest threshold only when nobody looked for long', async () => {
    await Promise.all([warnOfExpiry(before(5)), warnOfExpiry(before(5)), warnOfExpiry(before(5))]);
    expect(await notices()).toEqual([{ title: 'Your Claude connection ends in 7 days or less', count: 1, open: true }]);
  });

  it('changes what the connection says of itself', async () => {
    await warnOfExpiry(before(15));
    expect(await status()).toBe('connected');
    await warnOfExpiry(before(13));
    expect(await status()).toBe('expiring');
    await warnOfExpiry(before(0));
    expect(await status()).toBe('failed');
    expect(await listBanners(person.actor, before(0))).toMatchObject([{ severity: 'error', title: 'Your Claude connection does not work', body: 'The token has expired. Connect again.' }]);
  });

  it('is settled when it is replaced, by one that ends soon too, later or never, and when it is taken away', async () => {
    await warnOfExpiry(before(6));
    await connect(new Date(end.getTime() + DAY / 2));
    await warnOfExpiry(before(6));
    expect((await notices()).map(({ open }) => open)).toEqual([false, true]); // the new one’s own notice
    await connect(new Date(end.getTime() + 365 * DAY));
    await warnOfExpiry(before(6));
    expect((await notices()).map(({ open }) => open)).toEqual([false, false]);
    await connect(null);
    await warnOfExpiry(before(6));
    expect(await notices()).toHaveLength(2);
    await connect(end);
    await warnOfExpiry(before(6));
    await bench.database.delete(claudeConnections);
    await warnOfExpiry(before(6));
    expect((await notices()).map(({ open }) => open)).toEqual([false, false, false]);
  });

  it('shows as a banner that changes with each threshold, to its own person only', async () => {
    const other = await signedInPerson(bench.database, `other-${Date.now()}`, 'admin');
    const keys = await Promise.all([15, 13, 8, 6, 2, 0.5].map(async (days) => (await listBanners(person.actor, before(days)))[0]));
    expect(keys[0]).toBeUndefined();
    expect(keys.slice(1).map((banner) => banner?.title)).toEqual(['ends in 13 days', 'ends in 8 days', 'ends in 6 days', 'ends in 2 days', 'ends within a day'].map((words) => `Your Claude connection ${words}`));
    expect(new Set(keys.map((banner) => banner?.key)).size).toBe(4); // none, 14, 7, 1
    expect(await listBanners(other.actor, before(1))).toEqual([]);
    await bench.testDatabase.sql`insert into alerts (id, kind, severity, key, title, body) values (${person.actor.userId}, 'disk_nearly_full', 'error', 'disk', 'The disk is nearly full', 'x')`;
    expect((await listBanners(other.actor, before(15))).map(({ title }) => title)).toEqual(['The disk is nearly full']);
    await bench.database.update(alerts).set({ resolvedAt: sql`now()` });
  });
});
