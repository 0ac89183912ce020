import { execFile } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { root } from '@/tests/house/house';
import { freePorts } from '@/tests/setup/free-ports';

/** `parent.mjs check`, which `npm run up` asks before it starts anything and the parent asks itself, on this machine's own engine. */
const asRoot = process.getuid?.() === 0;
const STRANGER = 61_234;
const bundles = mkdtempSync(path.join(os.tmpdir(), 'anyon-start-'));
let directory: string;
let ports: Record<string, string>;

beforeAll(async () => {
  await bundleServer(['server/parent.ts', 'server/deployment/directories.ts'], bundles);
  cpSync(path.join(root, 'db/migrations'), path.join(bundles, 'migrations'), { recursive: true });
  chmodSync(bundles, 0o755);
});
afterAll(() => rmSync(bundles, { recursive: true, force: true }));
beforeEach(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-place-'));
  chmodSync(directory, 0o755);
  const [web = 0, preview = 0, simulator = 0, egress = 0] = await freePorts(4);
  ports = { ANYON_PORT: String(web), ANYON_PREVIEW_PORT: String(preview), ANYON_SIMULATOR_PORT: String(simulator), ANYON_EGRESS_PORT: String(egress) };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface End {
  code: number;
  output: string;
}

/** As this user or another. */
function node(args: readonly string[], settings: Record<string, string>, uid?: number): Promise<End> {
  const engine = process.env['DOCKER_HOST'];
  const env = { NODE_ENV: 'production' as const, PATH: process.env['PATH'] ?? '', HOME: directory, ...ports, ANYON_INSTANCE: 'start', ...(engine && { DOCKER_HOST: engine }), ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, ...(uid !== undefined && { uid, gid: uid }) }, (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }));
  });
}

const check = (settings: Record<string, string>, uid?: number) => node([path.join(bundles, 'parent.mjs'), 'check'], { ANYON_DATA_DIR: path.join(directory, 'data'), ANYON_TEMP_DIR: path.join(directory, 'tmp'), ...settings }, uid);
const makeDirectories = (settings: Record<string, string>, uid?: number) => node(['--input-type=module', '--eval', `await (await import(${JSON.stringify(path.join(bundles, 'deployment/directories.mjs'))})).ensureDirectories()`], settings, uid);
const modeOf = (...parts: string[]) => (statSync(path.join(directory, ...parts)).mode & 0o7777).toString(8);

describe('E2 the start', () => {
  it('finds nothing in the way where all is well, and makes nothing by looking', async () => {
    expect(await check({})).toEqual({ code: 0, output: '' });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('lists settings, keys, folders, engine, database and ports that are in its way, all at once, each with its fix', async () => {
    const holder = net.createServer().listen(Number(ports['ANYON_EGRESS_PORT']), '0.0.0.0');
    await new Promise((resolve) => holder.once('listening', resolve));
    writeFileSync(path.join(directory, 'file'), '');
    const settings = { ANYON_DEPLOYMENT_MODE: 'cloud', ANYON_WORKERS: 'many', ANYON_DATABASE_FILE: '/srv/anyon.db', ANYON_DATA_DIR: path.join(directory, 'file/data'), DOCKER_HOST: 'unix:///nowhere/docker.sock', DATABASE_URL: 'postgres://anna:a-password@127.0.0.1:1/anyon', AUTH_SECRET: 'changeme'.repeat(5) };
    const { code, output } = await check({ ...settings, ANYON_HOST: '127.0.0.1' });
    await new Promise((resolve) => holder.close(resolve));
    expect(code).toBe(1);
    const wanted = ['ANYON_WORKERS must be', 'ANYON_DATABASE_FILE means nothing here', 'AUTH_SECRET is too weak', 'ANYON_SECRET_KEY is not set', `${directory}/file is not a directory`, 'There is no Docker socket at /nowhere/docker.sock', 'The server of DATABASE_URL (127.0.0.1:1) does not answer: ECONNREFUSED', `Port ${ports['ANYON_EGRESS_PORT']} is taken by node (process ${process.pid})`];
    for (const sentence of wanted) expect(output).toContain(sentence);
    expect(output).toMatch(new RegExp(`^${wanted.length} things are in the way of Anyon:\\n(✗ .+\\n {2}→ .+\\n){${wanted.length}}$`));
    for (const secret of ['a-password', 'changeme']) expect(output).not.toContain(secret);
  });

  it('says the same by itself where nobody asked before', async () => {
    const { code, output } = await node([path.join(bundles, 'parent.mjs')], { ANYON_DATA_DIR: directory, ANYON_LOG_LEVEL: 'silent', ANYON_WORKERS: 'many', DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/^2 things are in the way of Anyon:\n✗ ANYON_WORKERS .*\n {2}→ .*\n✗ There is no Docker socket/) as string });
  });

  it('E1 in `local` is not kept from by anything that only `cloud` needs, and `cloud` says what it is', async () => {
    const faults = { ANYON_CLOUD_BASE_DIR: 'nowhere', AUTH_SECRET: 'changeme'.repeat(5) };
    expect(await check({ ...faults, ANYON_DEPLOYMENT_MODE: 'local' })).toEqual({ code: 0, output: '' });
    const { code, output } = await check({ ...faults, ANYON_DEPLOYMENT_MODE: 'cloud' });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/^3 things[^]*ANYON_CLOUD_BASE_DIR must be[^]*AUTH_SECRET is too weak[^]*ANYON_SECRET_KEY is not set/) as string });
  });

  it('leaves a folder of workspaces alone that is another install’s, holds something else, or lies elsewhere than they do', async () => {
    const trees = path.join(directory, 'trees');
    const workspace = '0198f3a0-0000-7000-8000-000000000001';
    mkdirSync(path.join(trees, 'photos'), { recursive: true });
    const settings = { ANYON_WORKTREE_DIR: trees };
    expect((await check(settings)).output).toMatch(/✗ .*trees holds something else than workspaces \(photos\)/);
    rmSync(path.join(trees, 'photos'), { recursive: true });
    expect(await makeDirectories({ ...settings, ANYON_DATA_DIR: path.join(directory, 'data'), ANYON_TEMP_DIR: path.join(directory, 'tmp') })).toEqual({ code: 0, output: '' });
    mkdirSync(path.join(trees, workspace));
    expect(await check(settings)).toEqual({ code: 0, output: '' });
    expect((await check({ ...settings, ANYON_DATA_DIR: path.join(directory, 'other') })).output).toMatch(/✗ .*trees belongs to the Anyon with the data directory .*\/data\./);
    mkdirSync(path.join(directory, 'data/workspaces', workspace), { recursive: true });
    expect((await check(settings)).output).toMatch(/✗ 1 workspace lies still in .*\/data\/workspaces.*\n {2}→ Run `npm run down`, then `mv /);
  });
});

describe.runIf(asRoot)('E2 owner and mode', () => {
  it('of root’s folders: for nobody else, but passable where Postgres and containers go', async () => {
    const settings = { ANYON_DATA_DIR: path.join(directory, 'data'), ANYON_ASSET_DIR: path.join(directory, 'assets'), ANYON_WORKTREE_DIR: path.join(directory, 'trees'), ANYON_LOG_FILE: path.join(directory, 'logs/server.log'), ANYON_TEMP_DIR: path.join(directory, 'tmp') };
    expect(await makeDirectories(settings)).toEqual({ code: 0, output: '' });
    expect([modeOf('data'), modeOf('data/postgres'), modeOf('data/keys'), modeOf('trees'), modeOf('assets'), modeOf('assets/runs'), modeOf('assets/removed'), modeOf('logs')]).toEqual(['711', '711', '700', '711', '700', '700', '700', '700']);
    expect([existsSync(path.join(directory, 'data/runs')), existsSync(path.join(directory, 'data/workspaces'))]).toEqual([false, false]);
    rmSync(path.join(directory, 'data'), { recursive: true });
    await makeDirectories({ ...settings, DATABASE_URL: 'postgres://elsewhere/anyon' });
    expect([modeOf('data'), modeOf('data/keys')]).toEqual(['700', '700']);
  });

  it('of another user’s: that user’s alone, whatever they were before', async () => {
    mkdirSync(path.join(directory, 'data'), { mode: 0o777 });
    for (const place of [directory, path.join(directory, 'data')]) chownSync(place, STRANGER, STRANGER);
    const settings = { ANYON_DATA_DIR: path.join(directory, 'data'), ANYON_TEMP_DIR: path.join(directory, 'tmp') };
    expect(await makeDirectories(settings, STRANGER)).toEqual({ code: 0, output: '' });
    for (const place of ['data', 'data/postgres', 'data/keys', 'data/workspaces', 'data/runs', 'data/removed', 'data/logs']) expect([place, modeOf(place), statSync(path.join(directory, place)).uid]).toEqual([place, '700', STRANGER]);
  });

  it('is looked at before: who may not use the folder or the engine, or could give files to nobody, hears of all of it', async () => {
    mkdirSync(path.join(directory, 'data'), { mode: 0o700 });
    const socket = path.join(directory, 'docker.sock');
    const engine = net.createServer().listen(socket);
    await new Promise((resolve) => engine.once('listening', resolve));
    chmodSync(socket, 0o660);
    const { code, output } = await check({ ANYON_DOCKER_USER: '1000', DOCKER_HOST: `unix://${socket}` }, STRANGER);
    await new Promise((resolve) => engine.close(resolve));
    expect(code).toBe(1);
    expect(output).toMatch(/✗ .*\/data belongs to root, and Anyon runs as user 61234\.\n {2}→ Run `sudo chown -R 61234 /);
    expect(output).toMatch(/✗ .*\/tmp cannot be made: .* belongs to root/);
    expect(output).toMatch(/✗ Anyon runs as user 61234, and files of workspaces are to belong to user 1000/);
    expect(output).toMatch(/✗ user 61234 may not use the Docker socket .*: it belongs to the group root\./);
  });
});
