import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { MAX_SECRETS_PER_PERSON, type SecretKind } from '@/contract/secret';
import type { RunStatus } from '@/contract/run';
import { alerts, auditEvents, runs, secrets, secretUses, secretVersions } from '@/db/schema';
import { database } from '@/server/database';
import { deletePersonSecret, setSecret } from '@/server/secrets/change-person-secrets';
import { plainWords } from '@/server/secrets/masked-text';
import { listSecrets } from '@/server/secrets/person-secrets';
import { revealKnown } from '@/server/secrets/reveal-known';
import { purgeValues } from '@/server/secrets/purge-values';
import { currentVersion, deleteSecret, holdVersions, openText, putSecret, revealSecret, sealText, type SecretVersion } from '@/server/secrets/vault';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';

let bench: TaskBench;
let owner: Actor;

beforeAll(async () => {
  bench = await startTaskBench();
});
beforeEach(async () => {
  owner = await bench.addUser(`owner-${randomUUID()}`);
});
afterAll(() => bench?.close());

const newValue = () => `value-${randomBytes(12).toString('hex')}`;
const put = (value: string, name = 'NPM_TOKEN') => putSecret(database(), { ownerId: owner.userId, kind: 'custom', name }, value);
const reveal = (version: SecretVersion) => revealSecret(database(), version);
const isGone = (version: SecretVersion) => expect(reveal(version)).rejects.toMatchObject({ kind: 'precondition' });
const rowsOf = (secretId: string) => database().select().from(secrets).where(eq(secrets.id, secretId));

/** A run that was given this version. */
async function runWith({ secretId, version }: SecretVersion, status: RunStatus = 'running'): Promise<string> {
  const workspace = await bench.addWorkspace();
  const runId = uuidv7();
  await database().insert(runs).values({ id: runId, workspaceId: workspace.id, startedById: owner.userId, number: 1, prompt: plainWords('x'), simulated: true, branch: 'b', claudeSessionId: randomUUID(), status });
  await database().insert(secretUses).values({ attempt: `${runId}-1`, secretId, version, secretName: 'NPM_TOKEN', runId, userId: owner.userId });
  return runId;
}

const finish = (runId: string) => database().update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId));

describe('the vault', () => {
  it('SEC-02 keeps a value, sealed, and gives it back as it was', async () => {
    const value = ` ${newValue()}\r\nlast line é\n`;
    const first = await put(value);
    expect(await reveal(first)).toBe(value);
    expect(await currentVersion(database(), first.secretId)).toEqual(first);
    const second = await put(newValue());
    expect(second).toEqual({ secretId: first.secretId, version: 2 });
    expect(await currentVersion(database(), first.secretId)).toEqual(second);
  });

  it('gives all that is known also when one was replaced while they were looked for', async () => {
    const [old, stays, value] = [await put(newValue()), await put('stays', 'OTHER'), newValue()];
    let found: SecretVersion[] = [];
    const find = async () => {
      const now = (await currentVersion(database(), old.secretId)) ?? old;
      if (found.length === 0) await put(value);
      return (found = [now, stays]);
    };
    expect(await revealKnown(find)).toEqual([value, 'stays']);
    await expect(revealKnown(async () => [old, stays])).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('SEC-02 does not open what somebody has moved from row to row in the database', async () => {
    const mine = await put(newValue());
    const other = await put(newValue(), 'OTHER');
    const [row] = await database().select().from(secretVersions).where(eq(secretVersions.secretId, other.secretId));
    const { sealed, wrappedKey, keyId } = row as NonNullable<typeof row>;
    await database().update(secretVersions).set({ sealed, wrappedKey, keyId }).where(eq(secretVersions.secretId, mine.secretId));
    await expect(reveal(mine)).rejects.toMatchObject({ kind: 'internal', message: 'A stored secret cannot be read. Set it again.' });
    const thief = await bench.addUser(`thief-${randomUUID()}`);
    await database().update(secrets).set({ ownerId: thief.userId }).where(eq(secrets.id, other.secretId));
    await expect(reveal(other)).rejects.toMatchObject({ kind: 'internal' });
  });

  it('D6 tells the owner of one that cannot be read, once, until it is set again, deleted or readable', async () => {
    const told = async () => (await database().select({ kind: alerts.kind, title: alerts.title, link: alerts.link }).from(alerts).where(and(eq(alerts.userId, owner.userId), isNull(alerts.resolvedAt))));
    const makeOf = async ({ secretId }: SecretVersion, kind: SecretKind) => database().update(secrets).set({ kind }).where(eq(secrets.id, secretId)); // the kind is bound to the value
    const first = await put(newValue());
    await database().update(secretVersions).set({ keyId: 'nobody-has-it' }).where(eq(secretVersions.secretId, first.secretId));
    for (let times = 0; times < 2; times += 1) await expect(reveal(first)).rejects.toMatchObject({ kind: 'precondition' });
    expect(await told()).toEqual([{ kind: 'secret_unreadable', title: 'Your secret NPM_TOKEN cannot be read', link: '/settings?tab=secrets' }]);
    await reveal(await put(newValue()));
    expect(await told()).toEqual([]);

    const second = await put(newValue(), 'OTHER');
    await makeOf(second, 'claude');
    await expect(reveal(second)).rejects.toMatchObject({ kind: 'internal' });
    expect(await told()).toHaveLength(1);
    await makeOf(second, 'custom');
    await reveal(second);
    expect(await told()).toEqual([]);

    await makeOf(second, 'claude');
    await expect(reveal(second)).rejects.toMatchObject({ kind: 'internal' });
    await deleteSecret(database(), second.secretId);
    expect(await told()).toEqual([]);
  });

  it('tells apart secrets of the install, of two people and of two kinds by the same name', async () => {
    const other = await bench.addUser(`other-${randomUUID()}`);
    const places = [{ ownerId: owner.userId, kind: 'custom' }, { ownerId: owner.userId, kind: 'github' }, { ownerId: other.userId, kind: 'custom' }, { ownerId: null, kind: 'alert' }] as const;
    const made = await Promise.all(places.map((place) => putSecret(database(), { ...place, name: 'token' }, newValue())));
    expect(new Set(made.map(({ secretId }) => secretId)).size).toBe(4);
    const again = await putSecret(database(), { ownerId: null, kind: 'alert', name: 'token' }, newValue());
    expect(again).toEqual({ secretId: made[3]?.secretId, version: 2 });
  });

  it('gives the versions that are put at the same time numbers of their own', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => put(newValue(), 'SAME')));
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('opens a text for the place it was sealed for only', () => {
    const sealed = sealText('the code', 'login', 'a');
    expect(openText(sealed, 'login', 'a')).toBe('the code');
    expect(sealed).not.toContain(Buffer.from('the code').toString('base64url'));
    for (const [text, purpose, id] of [[sealed, 'login', 'b'], [sealed, 'other', 'a'], [sealed.slice(0, -2), 'login', 'a'], ['', 'login', 'a']] as const) {
      expect(() => openText(text, purpose, id)).toThrow('What was sent cannot be read. Do it again.');
    }
  });
});

describe('a value that was replaced or deleted', () => {
  it('is removed at once when nobody holds it', async () => {
    const first = await put(newValue());
    const second = await put(newValue());
    await isGone(first);
    await deleteSecret(database(), second.secretId);
    await isGone(second);
    expect(await currentVersion(database(), second.secretId)).toBeNull();
    expect(await rowsOf(second.secretId)).toEqual([]);
  });

  it('stays for as long as a run that is not final holds it', async () => {
    const old = newValue();
    const first = await put(old);
    const runId = await runWith(first, 'parked');
    const second = await put(newValue());
    await deleteSecret(database(), first.secretId);
    expect(await currentVersion(database(), first.secretId)).toBeNull();
    expect(await reveal(first)).toBe(old);
    await isGone(second);
    await purgeValues(database());
    expect(await reveal(first)).toBe(old);
    await finish(runId);
    expect(await purgeValues(database())).toBe(1);
    await isGone(first);
    expect(await rowsOf(first.secretId)).toEqual([]);
  });

  it('stays while a command holds it, until its files are gone', async () => {
    const first = await put(newValue());
    await database().insert(secretUses).values({ attempt: `clone-${randomUUID()}`, secretId: first.secretId, version: 1, secretName: 'github' });
    await deleteSecret(database(), first.secretId);
    await purgeValues(database());
    await reveal(first);
    await database().update(secretUses).set({ endedAt: new Date() }).where(eq(secretUses.secretId, first.secretId));
    await purgeValues(database());
    await isGone(first);
  });

  it('begins anew when it is set again while a run still holds the old one', async () => {
    const first = await put(newValue());
    await runWith(first);
    await deleteSecret(database(), first.secretId);
    const value = newValue();
    const second = await put(value);
    expect(second).toEqual({ secretId: first.secretId, version: 2 });
    await purgeValues(database());
    expect([await reveal(second), typeof (await reveal(first))]).toEqual([value, 'string']);
  });

  it('is not removed between the look at it and the row that says who holds it', async () => {
    const first = await put(newValue());
    const runId = await database().transaction(async (tx) => {
      await holdVersions(tx, [first]);
      await put(newValue()); // on another connection: replaces it and would remove it
      const id = await runWith(first);
      await tx.insert(secretUses).values({ attempt: `${id}-2`, secretId: first.secretId, version: 1, secretName: 'NPM_TOKEN', runId: id });
      return id;
    });
    await purgeValues(database());
    await reveal(first);
    await finish(runId);
    await purgeValues(database());
    await isGone(first);
    await expect(database().transaction((tx) => holdVersions(tx, [first]))).rejects.toMatchObject({ kind: 'conflict' });
  });
});

describe('values that are replaced, deleted, held and removed at the same time', () => {
  it('stay while a live run holds them, all others go, and nobody waits for ever', async () => {
    const workspace = await bench.addWorkspace();
    const names = ['A', 'B', 'C'];
    const held: (SecretVersion & { runId: string })[] = [];
    let number = 0;
    const oneOf = <T>(list: readonly T[]) => list[randomInt(list.length)] as T;
    const mine = () => database().select({ secretId: secrets.id, version: secrets.version }).from(secrets).where(eq(secrets.ownerId, owner.userId));
    const hold = async () => {
      const rows = await mine();
      const version = rows.length > 0 && (await currentVersion(database(), oneOf(rows).secretId));
      if (!version) return;
      const runId = uuidv7();
      number += 1;
      await database().insert(runs).values({ id: runId, workspaceId: workspace.id, startedById: owner.userId, number, prompt: plainWords('x'), simulated: true, branch: 'b', claudeSessionId: randomUUID(), status: 'running' });
      const taken = await database()
        .transaction(async (tx) => {
          await holdVersions(tx, [version]);
          await tx.insert(secretUses).values({ attempt: `${runId}-1`, ...version, secretName: 'x', runId, userId: owner.userId });
          await tx.update(secrets).set({ lastUsedAt: new Date() }).where(eq(secrets.id, version.secretId));
          return true;
        })
        .catch((error: { kind?: string }) => {
          if (error.kind !== 'conflict') throw error;
          return false;
        });
      if (taken) held.push({ ...version, runId });
    };
    const steps = [() => put(newValue(), oneOf(names)), hold, hold, () => purgeValues(database()), async () => deleteSecret(database(), (await mine())[0]?.secretId ?? randomUUID()), async () => void (held.length > 4 && (await finish((held.shift() as (typeof held)[number]).runId)))];
    await Promise.all(Array.from({ length: 6 }, async () => {
      for (let times = 0; times < 40; times++) await oneOf(steps)();
    }));
    expect(held.length).toBeGreaterThan(3);
    for (const version of held) expect(await reveal(version)).toMatch(/^value-/);
    await Promise.all(held.map(({ runId }) => finish(runId)));
    await purgeValues(database());
    const left = await database().select({ secretId: secretVersions.secretId, version: secretVersions.version }).from(secretVersions).innerJoin(secrets, eq(secrets.id, secretVersions.secretId)).where(eq(secrets.ownerId, owner.userId));
    const byId = (a: SecretVersion, b: SecretVersion) => a.secretId.localeCompare(b.secretId);
    expect(left.sort(byId)).toEqual((await mine()).sort(byId));
  });
});

describe('the secrets of a person', () => {
  const audit = (action: 'secret_set' | 'secret_deleted') => database().select().from(auditEvents).where(and(eq(auditEvents.action, action), eq(auditEvents.actorId, owner.userId)));

  it('are listed to that person alone, without the values', async () => {
    const value = newValue();
    const made = await setSecret(owner, { name: 'NPM_TOKEN', value });
    await setSecret(owner, { name: 'A_SHORT_ONE', value: 'fifteen-letters' });
    const list = await listSecrets(owner);
    expect(list.map(({ name, lastFour, version, usedByRuns }) => ({ name, lastFour, version, usedByRuns }))).toEqual([
      { name: 'A_SHORT_ONE', lastFour: null, version: 1, usedByRuns: 0 },
      { name: 'NPM_TOKEN', lastFour: value.slice(-4), version: 1, usedByRuns: 0 },
    ]);
    expect(made).toEqual(list[1]);
    expect(JSON.stringify(list)).not.toContain(value);
    expect(await listSecrets({ ...(await bench.addUser(`admin-${randomUUID()}`)), role: 'admin' })).toEqual([]);
  });

  it('show equal values by an equal fingerprint, and how many live runs hold one', async () => {
    const value = newValue();
    const made = await setSecret(owner, { name: 'ONE', value });
    expect((await setSecret(owner, { name: 'TWO', value })).fingerprint).toBe(made.fingerprint);
    const runId = await runWith({ secretId: made.id, version: 1 });
    await runWith({ secretId: made.id, version: 1 }, 'failed');
    const again = await setSecret(owner, { name: 'ONE', value: newValue() });
    expect(again).toMatchObject({ version: 2, usedByRuns: 1, createdAt: made.createdAt });
    expect(again.fingerprint).not.toBe(made.fingerprint);
    await finish(runId);
    expect((await listSecrets(owner)).find(({ name }) => name === 'ONE')?.usedByRuns).toBe(0);
  });

  it('are deleted by that person alone', async () => {
    const { id } = await setSecret(owner, { name: 'NPM_TOKEN', value: newValue() });
    const other = await bench.addUser(`other-${randomUUID()}`, 'admin');
    await expect(deletePersonSecret(other, id)).rejects.toMatchObject({ kind: 'not_found' });
    const connection = await putSecret(database(), { ownerId: owner.userId, kind: 'github', name: 'token' }, newValue());
    await expect(deletePersonSecret(owner, connection.secretId)).rejects.toMatchObject({ kind: 'not_found' });
    await deletePersonSecret(owner, id);
    expect(await listSecrets(owner)).toEqual([]);
    await expect(deletePersonSecret(owner, id)).rejects.toMatchObject({ kind: 'not_found' });
    expect(await audit('secret_deleted')).toMatchObject([{ subjectId: id, subject: 'NPM_TOKEN', actorLogin: owner.login }]);
  });

  it('are set once each time it is written down, and never with the value', async () => {
    const value = newValue();
    await setSecret(owner, { name: 'NPM_TOKEN', value });
    await setSecret(owner, { name: 'NPM_TOKEN', value });
    expect((await audit('secret_set')).map(({ subject, details }) => ({ subject, details }))).toEqual([1, 2].map((version) => ({ subject: 'NPM_TOKEN', details: { version } })));
    expect(JSON.stringify(await database().select().from(auditEvents))).not.toContain(value);
  });

  it('are at most a hundred, also when they are set at the same time; replacing one stays possible', async () => {
    for (let number = 2; number < MAX_SECRETS_PER_PERSON; number++) await put(newValue(), `SECRET_${number}`);
    const two = await Promise.allSettled(['LAST_A', 'LAST_B', 'LAST_C'].map((name) => setSecret(owner, { name, value: newValue() })));
    expect(two.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(setSecret(owner, { name: 'ONE_MORE', value: newValue() })).rejects.toMatchObject({ kind: 'limit_reached' });
    await setSecret(owner, { name: 'SECRET_2', value: newValue() });
    expect(await listSecrets(owner)).toHaveLength(MAX_SECRETS_PER_PERSON);
    expect(await audit('secret_set')).toHaveLength(3);
  });
});
