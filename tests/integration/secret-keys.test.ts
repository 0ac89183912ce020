import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { database, rawDatabase } from '@/server/database';
import { secretKeys } from '@/server/parent/secret-key';
import { keyring } from '@/server/secrets/keyring';
import { putSecret } from '@/server/secrets/vault';
import { root } from '@/tests/house/house';
import { freePorts } from '@/tests/setup/free-ports';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { changeEnvironment } from '@/tests/setup/test-environment';

const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-keys-'));
const newKey = () => randomBytes(32).toString('base64');
let testDatabase: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await bundleServer(['server/parent.ts', 'server/worker.ts'], directory);
  cpSync(path.join(root, 'db/migrations'), path.join(directory, 'migrations'), { recursive: true });
});
beforeEach(() => {
  dataDir = mkdtempSync(path.join(directory, 'data-'));
  mkdirSync(path.join(dataDir, 'keys'));
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_DATA_DIR: dataDir, ANYON_DEPLOYMENT_MODE: undefined, DATABASE_URL: testDatabase.url, ANYON_SECRET_KEY: undefined, ANYON_SECRET_KEYS_BEFORE: undefined });
});
afterAll(async () => {
  await rawDatabase().end({ timeout: 1 });
  await testDatabase?.drop();
  rmSync(directory, { recursive: true, force: true });
});

interface End {
  code: number | null;
  output: string;
  ms: number;
}

/** Starts a process of the product and waits for its end; it is killed after 15 s. */
async function run(bundle: string, args: readonly string[], environment: Record<string, string>): Promise<End> {
  const begun = performance.now();
  const [web, preview, simulator, egress] = (await freePorts(4)).map(String);
  const places = { ANYON_PORT: web, ANYON_PREVIEW_PORT: preview, ANYON_SIMULATOR_PORT: simulator, ANYON_EGRESS_PORT: egress };
  const settings = { NODE_ENV: 'production' as const, PATH: process.env['PATH'] ?? '', ...places, ANYON_DATA_DIR: dataDir, ANYON_TEMP_DIR: path.join(dataDir, 'tmp'), ANYON_INSTANCE: 'keys', DATABASE_URL: testDatabase.url, ...environment };
  const child = spawn(process.execPath, [path.join(directory, bundle), ...args], { env: settings, stdio: ['ignore', 'pipe', 'pipe'], timeout: 15_000, killSignal: 'SIGKILL' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, ms: performance.now() - begun };
}

describe('SEC-03 the start', () => {
  const sixteen = randomBytes(16).toString('hex');
  it.each<[string, Record<string, string>, string]>([
    ['no key in the cloud', {}, 'ANYON_SECRET_KEY is not set'],
    ['an empty key in the cloud', { ANYON_SECRET_KEY: '' }, 'ANYON_SECRET_KEY is not set'],
    ['16 bytes', { ANYON_SECRET_KEY: sixteen }, 'ANYON_SECRET_KEY is not a key'],
    ['changeme', { ANYON_SECRET_KEY: 'changeme' }, 'ANYON_SECRET_KEY is not a key'],
    ['changeme, long enough', { ANYON_SECRET_KEY: Buffer.from('changeme'.repeat(4)).toString('base64') }, 'ANYON_SECRET_KEY is too weak'],
    ['zeroes', { ANYON_SECRET_KEY: '0'.repeat(64) }, 'ANYON_SECRET_KEY is too weak'],
    ['a weak key of before', { ANYON_SECRET_KEY: newKey(), ANYON_SECRET_KEYS_BEFORE: 'f'.repeat(64) }, 'ANYON_SECRET_KEYS_BEFORE is too weak'],
    ['a weak key of the sessions', { ANYON_SECRET_KEY: newKey(), AUTH_SECRET: 'changeme'.repeat(6) }, 'AUTH_SECRET is too weak'],
  ])('is refused with %s, within 5 s, naming the variable', async (_name, environment, sentence) => {
    const cloud = { ANYON_DEPLOYMENT_MODE: 'cloud', ...environment };
    for (const args of [['check'], []]) {
      const { code, output, ms } = await run('parent.mjs', args, cloud);
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(sentence) as string });
      expect(ms).toBeLessThan(5_000);
      for (const value of Object.values(environment).filter(Boolean)) expect(output).not.toContain(value);
    }
    const status = JSON.parse(readFileSync(path.join(dataDir, 'parent.json'), 'utf8')) as { failure: string };
    expect(status.failure).toContain(sentence);
  });

  it('of parent and worker is refused when a stored value needs a key that was not given', async () => {
    changeEnvironment({ ANYON_SECRET_KEY: newKey() });
    const lost = keyring().current.id;
    for (const name of ['A', 'B']) await putSecret(database(), { ownerId: null, kind: 'alert', name }, 'some value');
    const sentence = `Stored secrets are sealed with a key that was not given: ${lost} (2 values).`;
    for (const bundle of ['parent.mjs', 'worker.mjs']) {
      const { code, output, ms } = await run(bundle, [], { ANYON_SECRET_KEY: newKey() });
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(sentence) as string });
      expect(ms).toBeLessThan(5_000);
    }
  });
});

describe('the keys that the parent gives its children', () => {
  const file = () => path.join(dataDir, 'keys/secret-key');

  it('are made once, also by several at the same time, for this user alone', async () => {
    const made = await Promise.all([secretKeys(), secretKeys(), secretKeys()]);
    expect(new Set(made.map((keys) => keys.ANYON_SECRET_KEY)).size).toBe(1);
    expect(await secretKeys()).toEqual(made[0]);
    expect(readFileSync(file(), 'utf8')).toBe(made[0]?.ANYON_SECRET_KEY);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file()))).toEqual(['secret-key']);
  });

  it('are those of the environment, and then the one made before opens what it sealed', async () => {
    const { ANYON_SECRET_KEY: made } = await secretKeys();
    const [given, older] = [newKey(), newKey()];
    changeEnvironment({ ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: older });
    expect(await secretKeys()).toEqual({ ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: `${older},${made}` });
    rmSync(file());
    changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: undefined });
    expect(await secretKeys()).toEqual({ ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: undefined });
  });
});
