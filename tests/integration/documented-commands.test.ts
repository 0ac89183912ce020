import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIsCurrent, bundleServer } from '@/scripts/setup/build-product.mjs';
import { identify } from '@/scripts/setup/process-identity.mjs';
import { simpleCommands } from '@/tests/house/documented-command';
import { codeOf, documents } from '@/tests/house/documents';
import { root } from '@/tests/house/house';
import { freePorts } from '@/tests/setup/free-ports';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';

/**
 * What documents tell people to type and does no harm is typed here, as it stands there, beside an Anyon that has a database and an
 * engine. Those commands ask a running worker for its environment only, so a process that has it stands for one.
 */
const COMMANDS = ['doctor', 'reconcile', 'retention', 'backup', 'rotate-keys'];
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-documented-'));
const data = path.join(directory, 'data');
const shown = documents().flatMap((document) => [...document.fences.flatMap(({ lines }) => lines), ...codeOf(document)]).map((line) => line.replace(/\s+#.*$/, '').trim());
let testDatabase: TestDatabase;
let running: ChildProcess;
let settings: NodeJS.ProcessEnv;

beforeAll(async () => {
  if (!buildIsCurrent()) await bundleServer(COMMANDS.map((name) => `server/${name}-command.ts`), path.join(root, 'dist')); // when somebody runs this file alone
  testDatabase = await createTestDatabase();
  const [web, preview, simulator, egress] = (await freePorts(4)).map(String);
  const engine = process.env['DOCKER_HOST'];
  settings = {
    NODE_ENV: 'production',
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    ANYON_DATA_DIR: data,
    ANYON_TEMP_DIR: path.join(directory, 'tmp'),
    ANYON_INSTANCE: 'documented',
    ANYON_FIREWALL: 'off',
    ANYON_PORT: web ?? '',
    ANYON_PREVIEW_PORT: preview ?? '',
    ANYON_SIMULATOR_PORT: simulator ?? '',
    ANYON_EGRESS_PORT: egress ?? '',
    ANYON_SECRET_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64'),
    ...(engine && { DOCKER_HOST: engine }),
  };
  mkdirSync(data, { mode: 0o700 });
  running = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { env: { ...settings, DATABASE_URL: testDatabase.url }, stdio: 'ignore' });
  await once(running, 'spawn');
});
afterAll(async () => {
  running?.kill();
  await testDatabase?.drop();
  rmSync(directory, { recursive: true, force: true });
});

interface Typed {
  code: number | null;
  out: string;
  err: string;
}

/** Types a line that a document shows; `instead` takes the place of words in it that name something of the reader's. */
function typed(line: string, instead: Readonly<Record<string, string>> = {}): Promise<Typed> {
  expect(shown, 'no document shows this any more').toContain(line);
  const [words] = simpleCommands(line);
  return run((words ?? []).map((word) => instead[word] ?? word));
}

async function run([program = '', ...args]: readonly string[]): Promise<Typed> {
  const child = spawn(program, args, { cwd: root, env: settings, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

it('E7 the doctor looks while Anyon is down, in words and for programs', async () => {
  const inWords = await typed('npm run doctor');
  expect(inWords.out).toMatch(/to look at\.\n$|All is in order\.\n$/);
  const { out, code } = await typed('npm run --silent doctor -- --json');
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: unknown[] };
  expect(checks.length).toBeGreaterThan(10);
  expect({ code, same: inWords.code }).toEqual({ code: ok ? 0 : 1, same: ok ? 0 : 1 });
});

it('E7 what needs a running Anyon says so', async () => {
  for (const line of ['npm run reconcile -- --dry-run', 'npm run retention -- --dry-run', 'npm run rotate-keys']) {
    const { code, err, out } = await typed(line);
    expect(code).toBe(1);
    expect(out + err).toContain(`Anyon does not run with the data directory ${data}.`);
  }
});

describe('E7 beside a running Anyon', () => {
  beforeAll(() => {
    const itself = identify(running.pid ?? 0);
    writeFileSync(path.join(data, 'parent.json'), JSON.stringify({ ...itself, release: 'x', url: 'http://localhost', port: Number(settings['ANYON_PORT']), children: { worker: itself }, failure: null }));
  });

  it('what differs is shown, and what will go by the rules', async () => {
    expect(await typed('npm run reconcile -- --dry-run')).toMatchObject({ code: 0, out: expect.stringContaining('Database and machine agree.') as string });
    expect(await typed('npm run retention -- --dry-run')).toMatchObject({ code: 0, out: expect.stringContaining('Logs of runs') as string });
  });

  it('a backup is made where it is told to be, keys can be changed, and a restore is refused', async () => {
    const folder = path.join(directory, 'backups');
    mkdirSync(folder);
    expect(await typed('npm run backup -- /mnt/backups', { '/mnt/backups': folder })).toMatchObject({ code: 0 });
    const [file = ''] = readdirSync(folder);
    expect(file).toMatch(/^anyon-[\dTZ-]+\.tar\.gz$/);
    expect((await typed('npm run rotate-keys')).code).toBe(0);
    const restore = 'npm run restore -- /mnt/backups/anyon-2026-01-31T03-00-00-000Z.tar.gz --replace';
    const { code, out, err } = await typed(restore, { '/mnt/backups/anyon-2026-01-31T03-00-00-000Z.tar.gz': path.join(folder, file) });
    expect({ code, words: out + err }).toEqual({ code: 1, words: expect.stringContaining(`Anyon runs (process ${running.pid}).`) as string });
  });
});

it('E7 every target of the Makefile that is shown can be made', async () => {
  const targets = [...new Set(shown.flatMap((line) => /^make (docker-dev[\w-]*)/.exec(line)?.[1] ?? []))];
  expect(targets.length).toBeGreaterThan(6);
  for (const target of targets) expect(await run(['make', '--dry-run', target]), target).toMatchObject({ code: 0 });
});

it('E7 the server command lists what documents ask of it', async () => {
  const { code, err } = await run([process.execPath, 'docker/app/anyon-server.mjs', 'help']);
  expect(code).toBe(0);
  const asked = new Set(shown.flatMap((line) => [...line.matchAll(/\banyon-server ([a-z-]+)/g)].map(([, name = '']) => name)));
  expect(asked.size).toBeGreaterThan(4);
  expect([...asked].filter((name) => name !== 'help' && !new RegExp(`^ {2}${name} `, 'm').test(err))).toEqual([]);
});

const compose = ['docker-compose', 'docker'].find((program) => {
  try {
    execFileSync(program, program === 'docker' ? ['compose', 'version'] : ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

it.runIf(compose)('E7 the settings that are made for Compose, and both of its files, can be read', async () => {
  const file = path.join(directory, 'env.production');
  const made = simpleCommands(shown.find((line) => line.startsWith('sh docker/new-env.sh')) ?? '')[0] ?? [];
  expect(await run([...made, file])).toMatchObject({ code: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const words = compose === 'docker' ? ['docker', 'compose'] : ['docker-compose'];
  expect(await run([...words, '--env-file', file, '-f', 'docker/compose.yaml', 'config', '--quiet'])).toMatchObject({ code: 0, err: '' });
  expect(await run([...words, '--env-file', '.env.dev', '-f', 'docker-compose.dev.yml', 'config', '--quiet'])).toMatchObject({ code: 0, err: '' });
});
