import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identify } from '@/scripts/setup/process-identity.mjs';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { startCommand, type Ended } from '@/tests/setup/backup-bench';
import { freePorts } from '@/tests/setup/free-ports';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';

/** `npm run doctor` as a process, on this machine's own engine. */
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-doctor-'));
let testDatabase: TestDatabase;
let ports: number[];

beforeAll(async () => {
  await bundleServer(['server/doctor-command.ts'], directory);
  testDatabase = await createTestDatabase();
  ports = await freePorts(4);
});
afterAll(async () => {
  await testDatabase?.drop();
  rmSync(directory, { recursive: true, force: true });
});

function doctor(more: Record<string, string> = {}, args: readonly string[] = []): Promise<Ended> {
  const [web, preview, simulator, egress] = ports.map(String);
  const settings = { ANYON_DATA_DIR: directory, ANYON_TEMP_DIR: path.join(directory, 'tmp'), ANYON_INSTANCE: 'doctor', ANYON_FIREWALL: 'off', ANYON_PORT: web ?? '', ANYON_PREVIEW_PORT: preview ?? '', ANYON_SIMULATOR_PORT: simulator ?? '', ANYON_EGRESS_PORT: egress ?? '' };
  const engine = process.env['DOCKER_HOST'];
  return startCommand(path.join(directory, 'doctor-command.mjs'), args, { ...settings, ...(engine && { DOCKER_HOST: engine }), ...more }).end;
}

it('E2 looks at the machine while Anyon is down, and says what only a running one can be asked', async () => {
  const { code, output } = await doctor();
  expect(output).toMatch(/^✓ Docker Engine +\S/m);
  expect(output).toMatch(new RegExp(`^✓ Ports +${ports.join(', ')} are free\\.$`, 'm'));
  for (const name of ['Settings', 'Install key', 'Directories', 'User of the workspaces', 'Docker socket', 'Clock of this machine', 'Live restore', 'Address pools', 'Network addresses', 'Container runtime', 'Disk', 'Disk limits', 'Memory', 'Clock']) expect(output).toMatch(new RegExp(`^[✓!✗] ${name} `, 'm'));
  for (const name of ['Firewall', 'Secrets of runs', 'Database', 'Secret keys', 'Previews', 'Claude simulator']) expect(output).toMatch(new RegExp(`^! ${name} +Not looked at, because Anyon does not run\\.\\n +→ Start it with \`npm run up\``, 'm'));
  // What stands in the way of this very machine is its own affair; the code says whether anything does.
  expect(output).toMatch(/\n(?:Nothing|\d+) to put right, \d+ to look at\.\n$/);
  expect(code).toBe(/^✗/m.test(output) ? 1 : 0);
});

it('E2 ends with 1 and the fix when the engine is away or a port is taken', async () => {
  const holder = net.createServer().listen(ports[0], '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { code, output } = await doctor({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  await new Promise((resolve) => holder.close(resolve));
  expect(output).toMatch(/^✗ Docker Engine .*\n +→ Start Docker/m);
  expect(output).toMatch(/^✗ Docker socket +There is no Docker socket at \/nowhere\/docker\.sock\.\n +→ Start Docker, or run `npm run up`/m);
  expect(output).toMatch(new RegExp(`^✗ Port ${ports[0]} +Port ${ports[0]} is taken by node \\(process ${process.pid}\\)\\.\\n +→ Stop that program, or choose another port: {2}ANYON_PORT=`, 'm'));
  expect(code).toBe(1);
});

it('E2 asks a running Anyon as its page does', async () => {
  const other = mkdtempSync(path.join(directory, 'running-'));
  writeFileSync(path.join(other, 'parent.json'), JSON.stringify({ ...identify(process.pid), release: 'x', url: 'http://localhost', port: ports[0], children: {}, failure: null }));
  const { code, output } = await doctor({ ANYON_DATA_DIR: other, DATABASE_URL: testDatabase.url, ANYON_SECRET_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64') });
  expect(output).toMatch(/^✓ Database +Answers/m);
  expect(output).toMatch(/^✓ Secret keys +Everything stored is sealed/m);
  expect(output).toMatch(/^✗ Claude simulator/m);
  expect(output).toMatch(/^✗ Ports +Anyon runs, and nothing listens/m);
  expect(code).toBe(1);
});

it('E2 lists every wrong setting with what it should be, beside all that does not depend on it', async () => {
  const { code, output } = await doctor({ ANYON_PORT: 'x', ANYON_DISK_QUOTA: 'maybe', DOCKER_HOST: 'ssh://somewhere', ANYON_TRUSTED_PROXY: 'nginx' });
  expect(output).toMatch(/^✗ ANYON_PORT +ANYON_PORT must be a port from 1 to 65535\.\n +→ Correct ANYON_PORT where it is set, or take it out; then it is 3000\.$/m);
  expect(output).toMatch(/^✗ ANYON_DISK_QUOTA +ANYON_DISK_QUOTA must be auto, required or off\./m);
  expect(output).toMatch(/^✗ DOCKER_HOST +DOCKER_HOST must be/m);
  expect(output).toMatch(/^✗ ANYON_TRUSTED_PROXY +ANYON_TRUSTED_PROXY: "nginx" is no address/m);
  expect(output).toMatch(/^. Directories +\S/m);
  expect(output).not.toMatch(/^. (Ports|Docker socket) /m);
  expect(code).toBe(1);
});

it('E2 says the same to programs', async () => {
  const { code, output } = await doctor({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }, ['--json']);
  const { ok, mode, checks } = JSON.parse(output) as { ok: boolean; mode: string; checks: { name: string; severity: string; detail: string; fix: string | null }[] };
  expect({ ok, mode, code }).toEqual({ ok: false, mode: 'local', code: 1 });
  expect(checks.find(({ name }) => name === 'Docker socket')).toMatchObject({ severity: 'failed', detail: 'There is no Docker socket at /nowhere/docker.sock.', fix: expect.any(String) as string });
  expect(new Set(checks.map(({ severity }) => severity))).toEqual(new Set(['ok', 'warning', 'failed']));
});
