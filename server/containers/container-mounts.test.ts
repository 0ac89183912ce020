import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkMounts } from '@/server/containers/container-mounts';

let root = '';
let dataDir = '';
let secretsDir = '';
let socket: net.Server;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'anyon-mounts-')));
  dataDir = path.join(root, 'data');
  for (const folder of ['workspaces/w1/files/sub', 'workspaces/w1/exchange', 'keys/a/b', 'runs/r1/x']) mkdirSync(path.join(dataDir, folder), { recursive: true });
  secretsDir = path.join(root, 'tmp/cloud-secrets');
  for (const folder of ['w1/attempt', '.install-1']) mkdirSync(path.join(secretsDir, folder), { recursive: true });
  symlinkSync(path.join(secretsDir, 'w1'), path.join(secretsDir, 'w2'));
  writeFileSync(path.join(dataDir, 'workspaces/w1/file'), '');
  symlinkSync(path.join(dataDir, 'keys/a'), path.join(dataDir, 'workspaces/w1/link'));
  symlinkSync(path.join(dataDir, 'keys'), path.join(dataDir, 'workspaces/w2'));
  symlinkSync(dataDir, path.join(root, 'data-link'));
  socket = net.createServer().listen(path.join(dataDir, 'workspaces/w1/docker.sock'));
  await new Promise((resolve) => socket.once('listening', resolve));
});
afterAll(() => {
  socket.close();
  rmSync(root, { recursive: true, force: true });
});

const inData = (relative: string) => `${dataDir}/${relative}`;

it('gives a workspace folder to the engine, writable or not, without propagation', async () => {
  const mounts = [
    { source: inData('workspaces/w1/files'), target: '/workspace' },
    { source: inData('workspaces/w1/exchange'), target: '/anyon/exchange', readOnly: true },
  ];
  expect(await checkMounts(mounts, { dataDir, secretsDir })).toEqual([
    { Type: 'bind', Source: inData('workspaces/w1/files'), Target: '/workspace', ReadOnly: false, BindOptions: { Propagation: 'rprivate' } },
    { Type: 'bind', Source: inData('workspaces/w1/exchange'), Target: '/anyon/exchange', ReadOnly: true, BindOptions: { Propagation: 'rprivate' } },
  ]);
});

it('follows a link that the data directory itself lies behind', async () => {
  const linked = path.join(root, 'data-link');
  const [mount] = await checkMounts([{ source: `${linked}/workspaces/w1/files`, target: '/workspace' }], { dataDir: linked });
  expect(mount?.Source).toBe(inData('workspaces/w1/files'));
});

it.each([
  '/',
  '/etc',
  '/var/run/docker.sock',
  'workspaces/w1/files',
  'DATA',
  'DATA/workspaces',
  'DATA/workspaces/w1',
  'DATA/keys/a/b',
  'DATA/runs/r1/x',
  'DATA/workspaces/w1/link',
  'DATA/workspaces/w1/link/b',
  'DATA/workspaces/w2/a',
  'DATA/workspaces/w1/docker.sock',
  'DATA/workspaces/w1/file',
  'DATA/workspaces/w1/absent',
  'DATA/workspaces/w1/../../keys/a',
  'DATA/workspaces/w1/files/',
  'DATA/workspaces/./w1/files',
  'DATA-link/workspaces/w1/files',
  'DATA/workspaces/w1/files\0',
])('refuses to mount %j', async (source) => {
  await expect(checkMounts([{ source: source.replace(/^DATA/, dataDir), target: '/workspace' }], { dataDir, secretsDir })).rejects.toMatchObject({ kind: 'invalid' });
});

it.each(['/', '/etc', '/workspace/', '/workspace/../etc', '/workspaces', 'workspace', '/usr/local/bin', '/proc', '/anyon/\n', '/tmp'])('refuses to mount at %j', async (target) => {
  await expect(checkMounts([{ source: inData('workspaces/w1/files'), target }], { dataDir, secretsDir })).rejects.toMatchObject({ kind: 'invalid' });
});

it('refuses two mounts at one place', async () => {
  const mount = { source: inData('workspaces/w1/files'), target: '/workspace' };
  await expect(checkMounts([mount, mount], { dataDir, secretsDir })).rejects.toThrow(/same target/);
});

it('SEC-07 mounts the secrets of one workspace at their place, read-only', async () => {
  const mount = { source: `${secretsDir}/w1`, target: '/anyon/secrets', readOnly: true };
  expect(await checkMounts([mount], { dataDir, secretsDir })).toEqual([{ Type: 'bind', Source: mount.source, Target: '/anyon/secrets', ReadOnly: true, BindOptions: { Propagation: 'rprivate' } }]);
});

it.each([
  { source: 'SECRETS/w1', target: '/anyon/secrets' },
  { source: 'SECRETS/w1', target: '/anyon/secrets', readOnly: false },
  { source: 'SECRETS/w1', target: '/anyon/secrets/w1', readOnly: true },
  { source: 'SECRETS/w1', target: '/anyon/other', readOnly: true },
  { source: 'SECRETS/w1', target: '/workspace', readOnly: true },
  { source: 'SECRETS', target: '/anyon/secrets', readOnly: true },
  { source: 'SECRETS/w1/attempt', target: '/anyon/secrets', readOnly: true },
  { source: 'SECRETS/.install-1', target: '/anyon/secrets', readOnly: true },
  { source: 'SECRETS/w2', target: '/anyon/secrets', readOnly: true },
  { source: 'SECRETS/absent', target: '/anyon/secrets', readOnly: true },
  { source: 'SECRETS/../cloud-secrets/w1', target: '/anyon/secrets', readOnly: true },
  { source: 'DATA/workspaces/w1/files', target: '/anyon/secrets', readOnly: true },
])('SEC-07 refuses the secrets mount %j', async (mount) => {
  const source = mount.source.replace(/^SECRETS/, secretsDir).replace(/^DATA/, dataDir);
  await expect(checkMounts([{ ...mount, source }], { dataDir, secretsDir })).rejects.toMatchObject({ kind: 'invalid' });
});

it('SEC-07 mounts no secrets where there is no place for them', async () => {
  await expect(checkMounts([{ source: `${secretsDir}/w1`, target: '/anyon/secrets', readOnly: true }], { dataDir })).rejects.toMatchObject({ kind: 'invalid' });
});
