import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretsDir } from '@/server/deployment/paths';
import { ensureSecretsDir, hasSecretsDirAlone, isInMemory, mountSecretsMemory } from '@/server/deployment/secrets-place';
import { ensureWorkspaceSecretsDir, placeSecretFiles } from '@/server/secrets/injection/secret-folder';
import { checkSecretsPlace } from '@/server/system/check-secrets';
import { takeSecretsAway } from '@/scripts/setup/secrets-place.mjs';
import { changeEnvironment } from '@/tests/setup/test-environment';

/** SEC-07: where secrets of runs lie on the host. Mounting needs root, which real installs that mount have too. */
let directory = '';
let tempDir = '';
const asRoot = process.getuid?.() === 0;
const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(directory));
const inUse = (dataDir: string) => changeEnvironment({ NODE_ENV: 'test', ANYON_DATA_DIR: path.join(directory, dataDir), ANYON_TEMP_DIR: tempDir, ANYON_LOG_LEVEL: 'silent' });

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-secrets-place-'));
  tempDir = path.join(directory, 'tmp');
  inUse('data');
});
afterEach(() => {
  while (mounts().length > 0) execFileSync('umount', [mounts()[0]?.split(' ')[4] ?? '']);
  rmSync(directory, { recursive: true, force: true });
});

describe.runIf(asRoot)('the place for secrets in memory', () => {
  it('is mounted once, as it must be, adopted afterwards, and gone with the product', async () => {
    expect(await mountSecretsMemory()).toEqual({ problem: null });
    expect(await mountSecretsMemory()).toEqual({ problem: null });
    expect(mounts().length).toBe(1);
    expect(mounts()[0]).toMatch(/ rw,nosuid,nodev,noexec.* - tmpfs anyon-secrets /);
    expect((statSync(secretsDir()).mode & 0o7777).toString(8)).toBe('700');
    expect([await isInMemory(), (await checkSecretsPlace())[0]?.severity]).toEqual([true, 'ok']);
    await placeSecretFiles({ workspaceId: 'w1', attempt: 'a1' }, [{ name: 'github', value: 'x', secret: null }]);
    expect(await takeSecretsAway({ tempDir })).toBe('unmounted');
    expect([mounts(), await takeSecretsAway({ tempDir })]).toEqual([[], 'none']);
    expect(readdirSync(secretsDir())).toEqual([]);
  });

  it('stays for as long as another install uses it', async () => {
    await mountSecretsMemory();
    expect(await hasSecretsDirAlone()).toBe(true);
    inUse('data-of-another');
    await mountSecretsMemory();
    expect([mounts().length, await hasSecretsDirAlone(), await takeSecretsAway({ tempDir })]).toEqual([1, false, 'in use']);
  });

  it('is not replaced by the disk when somebody unmounts it', async () => {
    await mountSecretsMemory();
    execFileSync('umount', [secretsDir()]);
    await expect(placeSecretFiles({ workspaceId: 'w1', attempt: 'a1' }, [{ name: 'github', value: 'x', secret: null }])).rejects.toThrow(/was unmounted, and no secret is written to the disk\. Run `npm run up` again/);
    expect(existsSync(path.join(secretsDir(), 'w1'))).toBe(false);
    expect(await mountSecretsMemory()).toEqual({ problem: null });
    await ensureWorkspaceSecretsDir('w1');
  });

  it('is not put over secrets that a run still has on the disk', async () => {
    await placeSecretFiles({ workspaceId: 'w1', attempt: 'a1' }, [{ name: 'github', value: 'x', secret: null }]);
    expect((await mountSecretsMemory()).problem).toMatch(/a run still has secrets on the disk/);
    expect([mounts(), existsSync(path.join(secretsDir(), 'w1/a1/github'))]).toEqual([[], true]);
    expect((await checkSecretsPlace())[0]).toMatchObject({ severity: 'warning', fix: expect.stringContaining('as root') as string });
    expect([await takeSecretsAway({ tempDir }), existsSync(path.join(secretsDir(), 'w1/a1')), existsSync(path.join(secretsDir(), 'w1/.place'))]).toEqual(['removed', false, true]);
    expect(await takeSecretsAway({ tempDir })).toBe('none');
  });
});

describe('the place for secrets', () => {
  it('is refused where other users could have prepared it', async () => {
    mkdirSync(tempDir);
    chmodSync(tempDir, 0o777);
    await expect(ensureSecretsDir()).rejects.toThrow(/Other users of this machine may write to/);
    expect((await mountSecretsMemory()).problem).toMatch(/Other users/);
    chmodSync(tempDir, 0o755);
    const elsewhere = path.join(directory, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, secretsDir());
    await expect(ensureSecretsDir()).rejects.toThrow(/belongs to somebody else or is no folder/);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('gets its modes whatever they were, and a mark that survives', async () => {
    await ensureWorkspaceSecretsDir('w1');
    const mark = readFileSync(path.join(secretsDir(), 'w1/.place'), 'utf8');
    chmodSync(path.join(secretsDir(), 'w1'), 0o777);
    await ensureWorkspaceSecretsDir('w1');
    expect((statSync(path.join(secretsDir(), 'w1')).mode & 0o7777).toString(8)).toBe('711');
    expect(readFileSync(path.join(secretsDir(), 'w1/.place'), 'utf8')).toBe(mark);
    rmSync(path.join(secretsDir(), 'w1'), { recursive: true });
    writeFileSync(path.join(secretsDir(), 'w1'), 'in the way');
    await ensureWorkspaceSecretsDir('w1');
    expect(readFileSync(path.join(secretsDir(), 'w1/.place'), 'utf8')).not.toBe(mark);
  });

  it.each(['../x', 'a/b', 'env', 'env/lower', 'A', ''])('takes no file named %j', async (name) => {
    await expect(placeSecretFiles({ workspaceId: 'w1', attempt: 'a1' }, [{ name, value: 'x', secret: null }])).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('holds all of an attempt or nothing: what was there before is replaced whole', async () => {
    const place = { workspaceId: 'w1', attempt: 'a1' };
    await placeSecretFiles(place, [{ name: 'github', value: 'one', secret: null }, { name: 'env/A', value: 'two', secret: null }]);
    await placeSecretFiles(place, [{ name: 'claude', value: 'three', secret: null }]);
    expect(readdirSync(path.join(secretsDir(), 'w1/a1'))).toEqual(['claude']);
    expect(readdirSync(path.join(secretsDir(), readdirSync(secretsDir()).find((name) => name.startsWith('.install-')) ?? ''))).toEqual([]);
  });
});
