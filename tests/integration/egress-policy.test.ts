import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { claudeBooths, claudeConnections, runs, secrets, workspaces } from '@/db/schema';
import { PolicyStore } from '@/server/egress/policy-store';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, workspaceWithRun } from '@/tests/setup/test-people';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { until } from '@/tests/setup/runtime-container';

/** What the proxy knows about workspaces, against the real Postgres and its notifications. */
let db: TestDatabase;
let store: PolicyStore;
let owner: Actor;
let first: string;
let second: string;
let dropped = false;

beforeAll(async () => {
  changeEnvironment({ AUTH_SECRET: 'x'.repeat(32), ANYON_LOG_LEVEL: 'silent' });
  db = await createTestDatabase();
  const { actor } = await signedInPerson(db.database, 'owner');
  owner = actor;
  ({ workspaceId: first } = await workspaceWithRun(db.database, actor));
  ({ workspaceId: second } = await workspaceWithRun(db.database, actor));
  store = new PolicyStore({ database: db.database, databaseUrl: db.url, model: [], privateDestinations: [{ host: 'git.corp', port: 443 }] });
  await store.open();
});
afterAll(async () => {
  await store?.close();
  if (!dropped) await db?.drop();
});

/** The rows of a connection, without a value. */
async function connect({ userId }: Actor, account: Pick<typeof claudeConnections.$inferInsert, 'method' | 'baseUrl' | 'region'>): Promise<void> {
  const secretId = randomUUID();
  await db.database.insert(secrets).values({ id: secretId, ownerId: userId, kind: 'claude', name: 'CLAUDE', version: 1 });
  await db.database.insert(claudeConnections).values({ userId, secretId, status: 'connected', ...account });
}

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

  it('opens where the Claude accounts of its people answer: its owner, and others for as long as they have a run in it', async () => {
    const accounts = () => store.find('10.213.4.18')?.accounts.map(({ host, port }) => `${host}:${port}`).sort();
    await connect(owner, { method: 'gateway', baseUrl: 'http://llm.example:4000' });
    await until('the owner’s gateway', () => accounts()?.join() === 'llm.example:4000', 2_000);
    const { actor: guest } = await signedInPerson(db.database, 'guest', 'admin');
    await connect(guest, { method: 'bedrock', region: 'eu-west-1' });
    const [old] = await db.database.select().from(runs).where(eq(runs.workspaceId, first));
    if (!old) throw new Error('The workspace has a run.');
    const id = randomUUID();
    await db.database.insert(runs).values({ ...old, id, number: old.number + 1, branch: `anyon/${id}`, startedById: guest.userId, status: 'running', finishedAt: null });
    await until('the guest’s cloud', () => accounts()?.join() === 'bedrock-runtime.eu-west-1.amazonaws.com:443,bedrock.eu-west-1.amazonaws.com:443,llm.example:4000', 2_000);
    await db.database.delete(claudeConnections);
    await until('the end of both', () => accounts()?.length === 0, 2_000);
  });

  it('lets a booth reach what it was made for', async () => {
    const id = randomUUID();
    await db.database.insert(claudeBooths).values({ id, userId: owner.userId, purpose: 'login', destinations: [{ host: 'platform.claude.com', port: 443 }], subnet: '10.213.4.48/28' });
    await until('the booth', () => at('10.213.4.50') === id, 2_000);
    expect(store.find('10.213.4.50')).toEqual({ workspaceId: id, level: 'none', hosts: [], repositories: [], accounts: [{ host: 'platform.claude.com', port: 443 }] });
    await db.database.delete(claudeBooths).where(eq(claudeBooths.id, id));
    await until('its end', () => at('10.213.4.50') === null, 2_000);
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

