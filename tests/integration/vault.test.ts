import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secrets, secretVersions } from '@/db/schema';
import { database } from '@/server/database';
import { currentVersion, deleteSecret, openText, putSecret, revealSecret, sealText } from '@/server/secrets/vault';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';

let bench: TaskBench;

beforeAll(async () => {
  bench = await startTaskBench();
});
afterAll(() => bench?.close());

const value = () => `value-${randomBytes(12).toString('hex')}`;

describe('the vault', () => {
  it('SEC-02 keeps a value, sealed, and gives it back', async () => {
    const secret = value();
    const place = { ownerId: bench.owner.userId, kind: 'custom', name: 'NPM_TOKEN' } as const;
    const first = await putSecret(database(), place, secret);
    expect(await revealSecret(database(), first)).toBe(secret);
    const second = await putSecret(database(), place, `${secret}2`);
    expect(second).toEqual({ secretId: first.secretId, version: 2 });
    expect(await currentVersion(database(), first.secretId)).toEqual(second);
    await expect(revealSecret(database(), first)).rejects.toMatchObject({ kind: 'precondition' });
    await deleteSecret(database(), first.secretId);
    expect(await currentVersion(database(), first.secretId)).toBeNull();
    expect(await database().select().from(secrets).where(eq(secrets.id, first.secretId))).toEqual([]);
    expect(await database().select().from(secretVersions).where(eq(secretVersions.secretId, first.secretId))).toEqual([]);
  });

  it('opens a text for the place it was sealed for only', () => {
    const sealed = sealText('the code', 'login', 'a');
    expect(openText(sealed, 'login', 'a')).toBe('the code');
    expect(() => openText(sealed, 'login', 'b')).toThrow('cannot be read');
    expect(() => openText(sealed, 'other', 'a')).toThrow('cannot be read');
  });
});
