import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaces } from '@/db/schema';
import { PolicyStore } from '@/server/egress/policy-store';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, workspaceWithRun } from '@/tests/setup/test-people';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { until } from '@/tests/setup/runtime-container';

/** What the proxy knows about workspaces, against the real Postgres and its notifications. */
let db: TestDatabase;
let store: PolicyStore;
let first: string;
let second: string;
let dropped = false;

beforeAll(async () => {
  changeEnvironment({ AUTH_SECRET: 'x'.repeat(32), ANYON_LOG_LEVEL: 'silent' });
  db = await createTestDatabase();
  const { actor } = await signedInPerson(db.database, 'owner');
  ({ workspaceId: first } = await workspaceWithRun(db.database, actor));
  ({ workspaceId: second } = await workspaceWithRun(db.database, actor));
  store = new PolicyStore({ database: db.database, databaseUrl: db.url, model: [], privateDestinations: [{ host: 'git.corp', port: 443 }] });
  await store.open();
});
afterAll(async () => {
  await store?.close();
  if (!dropped) await db?.drop();
});

const change = (id: string, set: Partial<typeof workspaces.$inferInsert>) => db.database.update(workspaces).set(set).where(eq(workspaces.id, id));
const at = (address: string) => store.find(address)?.workspaceId ?? null;

describe('PolicyStore', () => {
  it('knows a workspace by its range from the moment that its row tells it', async () => {
    expect(await store.findOrAsk('10.213.4.18')).toBeNull();
    await change(first, { subnet: '10.213.4.16/28' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await store.findOrAsk('10.213.4.18'))?.workspaceId).toBe(first);
    expect([at('10.213.4.16'), at('10.213.4.31'), at('::ffff:10.213.4.18')]).toEqual([first, first, first]);
    expect([at('10.213.4.15'), at('10.213.4.32'), at(''), at('fd00::1')]).toEqual([null, null, null, null]);
  });

  it('follows every change of what it may reach', async () => {
    await change(first, { egressLevel: 'allow-list', egressHosts: ['example.com'], repositoryUrl: 'http://git.example:8080/x.git', extraRepositories: [{ url: 'https://github.com/a/b', branch: null, folder: 'b' }] });
    await until('the change', () => store.find('10.213.4.18')?.level === 'allow-list', 2_000);
    expect(store.find('10.213.4.18')).toEqual({ workspaceId: first, level: 'allow-list', hosts: ['example.com'], repositories: [{ host: 'git.example', port: 8080 }, { host: 'github.com', port: 443 }], accounts: [] });
    expect(store.common?.privateDestinations).toEqual([{ host: 'git.corp', port: 443 }]);
  });

  it('takes nobody for one of two who claim the same range', async () => {
    await change(second, { subnet: '10.213.4.16/28' });
    await until('the claim', () => at('10.213.4.18') === null, 2_000);
    await change(first, { subnet: null });
    await until('the end of the dispute', () => at('10.213.4.18') === second, 2_000);
  });

  it('goes on with what it knew when the database is gone', async () => {
    await store.close();
    store = new PolicyStore({ database: db.database, databaseUrl: db.url, model: [], privateDestinations: [] });
    await store.open();
    await store.close(); // its own connection would keep the database from being dropped
    await db.drop();
    dropped = true;
    expect(await store.findOrAsk('10.99.0.1')).toBeNull();
    expect((await store.findOrAsk('10.213.4.18'))?.workspaceId).toBe(second);
  });

  it('knows nothing, and says so, when it could never read', async () => {
    const blind = new PolicyStore({ database: db.database, databaseUrl: db.url, model: [], privateDestinations: [] });
    expect(await blind.findOrAsk('10.213.4.18')).toBeNull();
    expect(blind.common).toBeNull();
  });
});

