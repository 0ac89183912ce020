import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostmaster } from '@/server/deployment/postmaster';
import { processLives, type ProcessIdentity } from '@/server/deployment/process-identity';
import { freePorts } from '@/tests/setup/free-ports';

const root = path.resolve(import.meta.dirname, '../..');
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-up-'));
const dataDir = path.join(directory, 'data');
const [PORT = 0, postgresPort, simulatorPort, egressPort, previewPort] = await freePorts(5);
const environment = {
  ...process.env,
  ANYON_DATA_DIR: dataDir,
  ANYON_PORT: String(PORT),
  ANYON_POSTGRES_PORT: String(postgresPort),
  ANYON_SIMULATOR_PORT: String(simulatorPort),
  ANYON_EGRESS_PORT: String(egressPort),
  ANYON_PREVIEW_PORT: String(previewPort),
  ANYON_INSTANCE: 'test-up-down',
};

/** How long others may hold the folder. */
const LOCK_PATIENCE_MS = 240_000;

const children = ['web', 'worker', 'preview', 'simulator', 'egress'] as const;
type Child = (typeof children)[number];

interface Status extends ProcessIdentity {
  children: Record<Child, ProcessIdentity>;
}

/** Another test's product may be on its way up or down in this folder: one set-up command at a time may. */
async function command(name: 'up' | 'down', extra: Record<string, string> = {}): Promise<{ code: number; text: string }> {
  for (const deadline = Date.now() + LOCK_PATIENCE_MS; ; await sleep(100)) {
    const result = await new Promise<{ code: number; text: string }>((resolve) => {
      const child = execFile(process.execPath, [path.join(root, `scripts/${name}.mjs`)], { cwd: root, env: { ...environment, ...extra } }, (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, text: stdout + stderr }));
    });
    if (!/is running already \(process/.test(result.text) || Date.now() > deadline) return result;
  }
}

const status = (): Status => JSON.parse(readFileSync(path.join(dataDir, 'parent.json'), 'utf8'));
const postmaster = () => findPostmaster(path.join(dataDir, 'postgres/cluster'));
const address = (text: string) => /http:\/\/localhost:\d+\/setup\?token=[\w-]{43}/.exec(text)?.[0];
const healthy = async () => (await fetch(`http://localhost:${PORT}/api/health`).catch(() => null))?.ok ?? false;

/** The order is the story: each test goes on where the one before it stopped. */
describe('`npm run up` and `npm run down`', () => {
  beforeAll(() => chmodSync(directory, 0o711)); // the database is another user

  afterAll(async () => {
    await command('down');
    if (process.getuid?.() === 0) spawnSync(process.execPath, [path.join(root, 'dist/parent.mjs'), 'firewall', 'remove'], { env: environment });
    rmSync(directory, { recursive: true, force: true });
  });

  it('refuses a port that something else holds, and a full disk, and leaves nothing running', async () => {
    const holder = net.createServer().listen(PORT, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const taken = await command('up', {});
    await new Promise((resolve) => holder.close(resolve));
    expect(taken).toMatchObject({ code: 1, text: expect.stringMatching(new RegExp(`Port ${PORT} is taken by \\S+ \\(process ${process.pid}\\)[^]*ANYON_PORT=${PORT + 1} npm run up`)) });
    expect(await command('up', { ANYON_MIN_FREE_BYTES: String(2 ** 52) })).toMatchObject({ code: 1, text: expect.stringContaining('The disk is nearly full') });
    expect(await postmaster()).toBeNull();
  });

  it('ends with an address that carries a token, and the product answers', async () => {
    const { code, text } = await command('up');
    expect(code, text).toBe(0);
    expect(address(text)).toBeDefined();
    expect(await healthy()).toBe(true);
    expect(statSync(path.join(dataDir, 'keys/auth-secret')).mode & 0o777).toBe(0o600);
  });

  it('D2-22 says the second time that it runs already, with a new address', async () => {
    const before = status();
    const first = (await command('up')).text;
    const second = (await command('up')).text;
    expect(second).toContain(`Anyon runs already (process ${before.pid})`);
    expect(address(second)).not.toBe(address(first));
    expect(status()).toEqual(before);
  });

  it('brings back web, worker, simulator, egress proxy and database after kill -9', async () => {
    const before = status();
    for (const child of Object.values(before.children)) process.kill(child.pid, 'SIGKILL');
    process.kill((await postmaster())?.process.pid ?? -1, 'SIGKILL');
    await expect.poll(healthy, { timeout: 30_000, interval: 100 }).toBe(true);
    const absent = () => children.filter((name) => !(name in status().children) || !processLives(status().children[name]));
    await expect.poll(absent, { timeout: 20_000 }).toEqual([]);
    expect(status().pid).toBe(before.pid);
  });

  it('replaces what a killed parent left behind, except the simulator and the egress proxy, through which a run may be talking', async () => {
    const before = status();
    process.kill(before.pid, 'SIGKILL');
    await expect.poll(() => processLives(before)).toBe(false);
    expect(await healthy()).toBe(true);
    expect((await command('up')).code).toBe(0);
    const after = status();
    expect(after.pid).not.toBe(before.pid);
    expect(after.children.simulator).toMatchObject({ pid: before.children.simulator.pid });
    expect(after.children.egress).toMatchObject({ pid: before.children.egress.pid });
    expect(processLives(before.children.web) || processLives(before.children.worker)).toBe(false);
  });

  it('restarts with changed settings; wrong ones are named and what runs is left alone', async () => {
    const before = status();
    expect(await command('up', { ANYON_LOG_LEVEL: 'debug' })).toMatchObject({ code: 0, text: expect.stringContaining('restarted with the new build or settings') });
    expect(status().pid).not.toBe(before.pid);
    expect(status().children.simulator).toMatchObject({ pid: before.children.simulator.pid });
    const restarted = status();
    expect(await command('up', { ANYON_LOG_LEVEL: 'loud' })).toMatchObject({ code: 1, text: expect.stringContaining('ANYON_LOG_LEVEL') });
    expect(status()).toEqual(restarted);
    await expect.poll(healthy, { timeout: 20_000 }).toBe(true);
  });

  it('stops everything on down, keeps the data, and may be asked twice', async () => {
    await command('up');
    const before = status();
    expect(await command('down')).toMatchObject({ code: 0, text: expect.stringMatching(/Stopped: web, worker, simulator[^]*Stopped: database/) });
    expect([before, ...Object.values(before.children)].some((identity) => processLives(identity))).toBe(false);
    expect(await postmaster()).toBeNull();
    expect(await command('down')).toMatchObject({ code: 0, text: expect.stringContaining('Database: was not running') });
    expect(statSync(path.join(dataDir, 'postgres/cluster/PG_VERSION')).isFile()).toBe(true);
  });
});
