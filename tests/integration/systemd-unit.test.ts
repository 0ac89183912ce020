import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { buildIsCurrent } from '@/scripts/setup/build-product.mjs';
import { root } from '@/tests/house/house';
import { freePorts } from '@/tests/setup/free-ports';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { ownInstance } from '@/tests/setup/owned-names';

/** The units as they are laid out, and the command line of `anyon.service` as its user; systemd itself is not asked to start anything. */
const UID = 1000;
const instance = await ownInstance();
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-systemd-'));
const [place, data, temp] = [path.join(directory, 'root'), path.join(directory, 'data'), path.join(directory, 'run')];
let database: TestDatabase;
let settings: Record<string, string>;
const started: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const [port, simulatorPort, egressPort, previewPort] = (await freePorts(4)).map(String);
  settings = {
    ...unitEnvironment(),
    ANYON_CLOUD_BASE_DIR: directory,
    ANYON_DATA_DIR: data,
    ANYON_TEMP_DIR: temp,
    ANYON_INSTANCE: instance,
    ANYON_PORT: port ?? '',
    ANYON_SIMULATOR_PORT: simulatorPort ?? '',
    ANYON_EGRESS_PORT: egressPort ?? '',
    ANYON_PREVIEW_PORT: previewPort ?? '',
    ANYON_SECRET_KEY: randomBytes(32).toString('base64'),
    AUTH_SECRET: randomBytes(48).toString('hex'),
    DATABASE_URL: database.url,
    ...(process.env['DOCKER_HOST'] && { DOCKER_HOST: process.env['DOCKER_HOST'] }),
  };
  if (!buildIsCurrent()) execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { stdio: 'ignore' }); // others may use it just now
  execFileSync(process.execPath, [path.join(root, 'docker/systemd/install.mjs'), '--root', place], { stdio: 'pipe' });
  execFileSync('chmod', ['755', directory]);
  for (const folder of [data, temp]) {
    mkdirSync(folder, { mode: 0o711 });
    chownSync(folder, UID, UID);
  }
}, 600_000);

afterAll(async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGTERM');
  await vi.waitFor(() => expect(living()).toEqual([]), { timeout: 30_000, interval: 200 });
  rmSync(directory, { recursive: true, force: true });
  await database?.drop();
}, 60_000);

it('lays out everything that the units name', () => {
  for (const unit of ['anyon.service', 'anyon-keeper.service']) {
    const text = readFileSync(path.join(place, 'etc/systemd/system', unit), 'utf8');
    for (const [named = ''] of text.matchAll(/\/opt\/anyon\/[\w./-]+/g)) expect(existsSync(path.join(place, named)), named).toBe(true);
  }
  expect(statSync(path.join(place, 'opt/anyon/node/bin/node')).mode & 0o111).toBe(0o111);
  expect(existsSync(path.join(place, 'etc/tmpfiles.d/anyon.conf'))).toBe(true);
});

it.runIf(existsSync('/usr/bin/systemd-analyze'))('satisfies systemd', () => {
  const units = path.join(place, 'etc/systemd/system');
  for (const unit of readdirSync(units)) writeFileSync(path.join(directory, unit), readFileSync(path.join(units, unit), 'utf8').replaceAll('/opt/anyon', path.join(place, 'opt/anyon')));
  const said = execFileSync('systemd-analyze', ['verify', '--man=no', path.join(directory, 'anyon.service'), path.join(directory, 'anyon-keeper.service')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(said).toBe('');
});

it.runIf(process.getuid?.() === 0)('runs as its user, makes room for a newer build on reload, and ends everything when it is stopped', { timeout: 120_000 }, async () => {
  runUnit('ExecStartPre');
  const first = startUnit();
  await untilReady();
  const before = childrenOfParent();
  expect(Object.keys(before).sort()).toEqual(['egress', 'preview', 'simulator', 'web', 'worker']);
  for (const pid of [first.pid ?? 0, ...Object.values(before)]) expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\t${UID}\\t${UID}\\t${UID}\\t${UID}$`, 'm'));

  runUnit('ExecReload');
  process.kill(first.pid ?? 0, signalOf('ExecReload'));
  await vi.waitFor(() => expect(first.exitCode).toBe(0), { timeout: 40_000 });
  const second = startUnit(); // as Restart=always does
  await untilReady();
  const after = childrenOfParent();
  expect([after['simulator'], after['egress']]).toEqual([before['simulator'], before['egress']]);
  expect(after['web']).not.toBe(before['web']);

  second.kill('SIGTERM');
  await vi.waitFor(() => expect(second.exitCode).toBe(0), { timeout: 60_000 });
  expect(living()).toEqual([]);
});

function unitLines(name: string): string[] {
  const unit = readFileSync(path.join(root, 'docker/systemd/anyon.service'), 'utf8').split('\n');
  return unit.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

function unitEnvironment(): Record<string, string> {
  return Object.fromEntries(unitLines('Environment').flatMap((line) => line.split(' ')).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** What systemd would run for the first line of this name, with /opt/anyon where it was laid out. */
function commandOf(name: string): [string, string[]] {
  const words = (unitLines(name)[0] ?? '').replaceAll('/opt/anyon', path.join(place, 'opt/anyon')).split(' ');
  const group = String(statSync((process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace('unix://', '')).gid);
  return ['setpriv', ['--reuid', String(UID), '--regid', String(UID), '--groups', group, '--bounding-set=-all', '--no-new-privs', ...words]];
}

function runUnit(name: string): void {
  const [program, args] = commandOf(name);
  execFileSync(program, args, { env: { NODE_ENV: 'production', PATH: '/usr/bin:/bin', ...settings }, cwd: '/' });
}

function startUnit(): ChildProcess {
  const [program, args] = commandOf('ExecStart');
  const child = spawn(program, args, { env: { NODE_ENV: 'production', PATH: '/usr/bin:/bin', ...settings }, cwd: path.join(place, 'opt/anyon'), stdio: 'ignore' });
  started.push(child);
  return child;
}

/** The signal that the last line of this name sends. */
function signalOf(name: string): NodeJS.Signals {
  const [, signal = ''] = /^\/bin\/kill -(\w+) \$MAINPID$/.exec(unitLines(name).at(-1) ?? '') ?? [];
  return `SIG${signal}` as NodeJS.Signals;
}

async function untilReady(): Promise<void> {
  const ready = () => fetch(`http://127.0.0.1:${settings['ANYON_PORT']}/api/health?probe=ready`).then(({ status }) => status, () => 0);
  await vi.waitFor(async () => expect(await ready(), lastWords()).toBe(200), { timeout: 60_000, interval: 200 });
}

function lastWords(): string {
  const file = path.join(data, 'logs/server.log');
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : 'there is no log yet';
}

function childrenOfParent(): Record<string, number> {
  const { children } = JSON.parse(readFileSync(path.join(data, 'parent.json'), 'utf8')) as { children: Record<string, { pid: number }> };
  return Object.fromEntries(Object.entries(children).map(([name, { pid }]) => [name, pid]));
}

/** Processes that run out of what was laid out. */
function living(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(place) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false; // ended in between
    }
  });
}
