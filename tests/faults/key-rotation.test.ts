import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq, ne } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditEvents, secrets, secretVersions, users } from '@/db/schema';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { rawDatabase, database } from '@/server/database';
import { childEnvironment } from '@/server/env';
import { fingerprintOf, openValue, sealValue } from '@/server/secrets/envelope';
import { keyring } from '@/server/secrets/keyring';
import { assertNoMissingKeys } from '@/server/secrets/missing-keys';
import { putSecret, revealSecret } from '@/server/secrets/vault';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { changeEnvironment } from '@/tests/setup/test-environment';

const SECRETS = 10_000;
const KILLS = 20;
const keys = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')] as const;
const bundles = mkdtempSync(path.join(os.tmpdir(), 'anyon-rotation-'));
const ownerId = uuidv7();
let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', DATABASE_URL: testDatabase.url, ANYON_SECRET_KEY: keys[0], ANYON_SECRET_KEYS_BEFORE: undefined });
  await bundleServer(['server/rotate-keys-command.ts'], bundles);
});
afterAll(async () => {
  await rawDatabase().end({ timeout: 1 });
  await testDatabase?.drop();
  rmSync(bundles, { recursive: true, force: true });
});

/** Values by secret, sealed with the present key. */
async function plantSecrets(): Promise<Map<string, string>> {
  await database().insert(users).values({ id: ownerId, login: 'owner', role: 'member' });
  const planted = new Map<string, string>();
  for (let batch = 0; batch < SECRETS / 1_000; batch++) {
    const made = Array.from({ length: 1_000 }, () => ({ id: uuidv7(), value: randomBytes(16).toString('hex') }));
    await database().insert(secrets).values(made.map(({ id }) => ({ id, ownerId, kind: 'custom' as const, name: `S_${id}`, version: 1 })));
    const sealed = made.map(({ id, value }) => ({ secretId: id, version: 1, fingerprint: fingerprintOf(ownerId, value), ...sealValue({ ownerId, kind: 'custom', secretId: id, version: 1 }, value) }));
    await database().insert(secretVersions).values(sealed);
    for (const { id, value } of made) planted.set(id, value);
  }
  return planted;
}

interface Command {
  lines: string[];
  errors: () => string;
  kill(): void;
  ended: Promise<number | null>;
  /** Resolves at the first line, or at the end. */
  begun: Promise<unknown>;
}

function startRotation(): Command {
  const child = spawn(process.execPath, [path.join(bundles, 'rotate-keys-command.mjs')], { env: childEnvironment({}), stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { lines, errors: () => errors, kill: () => void child.kill('SIGKILL'), ended, begun: Promise.race([once(reader, 'line'), ended]) };
}

const notMoved = async () => database().$count(secretVersions, ne(secretVersions.keyId, keyring().current.id));

it('SEC-10 rotates 10,000 secrets while they are used, goes on after 20 kills, and needs the old key no more', async () => {
  const planted = await plantSecrets();
  const oldId = keyring().current.id;
  changeEnvironment({ ANYON_SECRET_KEY: keys[1] });
  await expect(assertNoMissingKeys(database())).rejects.toThrow(`${oldId} (10000 values)`);
  changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: keys[0] });

  const chance = chanceFrom(20_260);
  const some = [...planted].filter((_, index) => index % 500 === 0);
  let [left, movedBetweenKills] = [await notMoved(), 0];
  for (let kill = 0; kill < KILLS; kill++) {
    const command = startRotation();
    if (kill % 4 > 0) await command.begun;
    await sleep(chance.oneOf([0, 3, 7, 13, 20, 35]));
    command.kill();
    await command.ended;
    const now = await notMoved();
    expect(now).toBeLessThanOrEqual(left);
    if (now < left && now > 0) movedBetweenKills += 1;
    left = now;
    for (const [secretId, value] of some) expect(await revealSecret(database(), { secretId, version: 1 })).toBe(value);
  }
  expect(movedBetweenKills).toBeGreaterThan(10); // or nothing was cut short

  const [replacedId] = [...planted.keys()];
  const replaced = await putSecret(database(), { ownerId, kind: 'custom', name: `S_${replacedId}` }, 'a new value meanwhile');
  planted.set(replaced.secretId, 'a new value meanwhile');
  const last = startRotation();
  expect(await last.ended, last.errors()).toBe(0);
  expect(last.lines.at(-1)).toMatch(/^✓ 10000 of 10000 values are sealed with the key [0-9a-f]{12}\. Older keys are not needed any more/);
  expect(await notMoved()).toBe(0);
  expect(await database().$count(auditEvents, eq(auditEvents.action, 'keys_rotated'))).toBe(1);

  changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: undefined });
  await assertNoMissingKeys(database());
  const rows = await database().select().from(secretVersions).orderBy(asc(secretVersions.secretId));
  expect(rows).toHaveLength(SECRETS);
  for (const row of rows) {
    const value = planted.get(row.secretId);
    expect(openValue({ ownerId, kind: 'custom', secretId: row.secretId, version: row.version }, row)).toBe(value);
    expect(row.fingerprint).toBe(fingerprintOf(ownerId, value ?? ''));
  }
  const again = startRotation();
  expect(await again.ended).toBe(0);
  expect(again.lines).toHaveLength(1);
});

it('leaves what it cannot read as it is, says so and fails', async () => {
  const [row] = await database().select().from(secretVersions).limit(1);
  const which = eq(secretVersions.secretId, row?.secretId ?? '');
  const broken = Buffer.from(row?.sealed ?? []);
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  changeEnvironment({ ANYON_SECRET_KEY: keys[0], ANYON_SECRET_KEYS_BEFORE: keys[1] });
  await database().update(secretVersions).set({ sealed: broken }).where(which);
  const command = startRotation();
  expect(await command.ended).toBe(1);
  expect(command.errors()).toMatch(/^✗ 9999 of 10000 values are sealed with the key [0-9a-f]{12}\. Keep the older keys\. 1 cannot be read/);
  expect(await notMoved()).toBe(1);
  expect(await database().select({ sealed: secretVersions.sealed, wrappedKey: secretVersions.wrappedKey, keyId: secretVersions.keyId }).from(secretVersions).where(which)).toEqual([{ sealed: broken, wrappedKey: row?.wrappedKey, keyId: row?.keyId }]);
});
