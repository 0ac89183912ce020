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

function doctor(more: Record<string, string> = {}): Promise<Ended> {
  const [web, preview, simulator, egress] = ports.map(String);
  const settings = { ANYON_DATA_DIR: directory, ANYON_TEMP_DIR: path.join(directory, 'tmp'), ANYON_INSTANCE: 'doctor', ANYON_FIREWALL: 'off', ANYON_PORT: web ?? '', ANYON_PREVIEW_PORT: preview ?? '', ANYON_SIMULATOR_PORT: simulator ?? '', ANYON_EGRESS_PORT: egress ?? '' };
  const engine = process.env['DOCKER_HOST'];
  return startCommand(path.join(directory, 'doctor-command.mjs'), [], { ...settings, ...(engine && { DOCKER_HOST: engine }), ...more }).end;
}

it('E2 looks at the machine while Anyon is down, and says what only a running one can be asked', async () => {
  const { code, output } = await doctor();
  expect(output).toMatch(/^✓ Docker Engine +\S/m);
  expect(output).toMatch(new RegExp(`^✓ Ports +${ports.join(', ')} are free\\.$`, 'm'));
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
  expect(output).toMatch(new RegExp(`^✗ Ports +Something else listens on ${ports[0]} \\(ANYON_PORT\\)\\.\\n +→ Stop it, or set ANYON_PORT`, 'm'));
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

it('E2 lists every wrong setting, each with what it should be', async () => {
  const { code, output } = await doctor({ ANYON_PORT: 'x', ANYON_DISK_QUOTA: 'maybe' });
  expect(output).toMatch(/^✗ The environment has 2 wrong value\(s\):\n {2}ANYON_PORT: .*\n {2}ANYON_DISK_QUOTA: /m);
  expect(code).toBe(1);
});
