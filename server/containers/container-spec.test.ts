import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAnyonError } from '@/server/errors';
import { buildContainer } from '@/server/containers/container-spec';
import type { ContainerSpec } from '@/server/containers/engine';
import { assertHardened } from '@/server/containers/hardened-profile';

let dataDir = '';
const home = () => ({ dataDir, instance: 'test' });

beforeAll(() => {
  dataDir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'anyon-spec-')));
  for (const folder of ['workspaces/w1/files', 'workspaces/w1/exchange', 'keys', 'postgres']) mkdirSync(path.join(dataDir, folder), { recursive: true });
  symlinkSync('/etc', path.join(dataDir, 'workspaces/w1/files/link'));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function goodSpec(): ContainerSpec {
  return {
    name: 'anyon-workspace-1',
    image: 'anyon-claude:latest',
    labels: { 'anyon.workspace': 'w1' },
    env: { LANG: 'C.UTF-8' },
    user: '1000:1000',
    network: 'anyon-network-1',
    limits: { memoryBytes: 512 * 1024 * 1024, cpus: 1.5, pids: 256 },
    mounts: [{ source: path.join(dataDir, 'workspaces/w1/files'), target: '/workspace' }],
    hosts: { simulator: '172.17.0.1' },
  };
}

describe('buildContainer', () => {
  it('builds exactly the hardened profile', async () => {
    expect(await buildContainer(goodSpec(), home())).toEqual({
      Image: 'anyon-claude:latest',
      Env: ['LANG=C.UTF-8'],
      Labels: { 'anyon.instance': 'test', 'anyon.workspace': 'w1' },
      User: '1000:1000',
      Tty: false,
      OpenStdin: false,
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        Privileged: false,
        Memory: 536_870_912,
        MemorySwap: 536_870_912,
        NanoCpus: 1_500_000_000,
        PidsLimit: 256,
        NetworkMode: 'anyon-network-1',
        IpcMode: 'private',
        Init: false,
        RestartPolicy: { Name: 'no' },
        Ulimits: [
          { Name: 'nofile', Soft: 16_384, Hard: 16_384 },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
        Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777,size=268435456' },
        Mounts: [{ Type: 'bind', Source: path.join(dataDir, 'workspaces/w1/files'), Target: '/workspace', ReadOnly: false, BindOptions: { Propagation: 'rprivate' } }],
        ExtraHosts: ['simulator:172.17.0.1'],
      },
    });
  });

  it('passes runtime, name servers and open files on', async () => {
    const body = await buildContainer({ ...goodSpec(), runtime: 'runsc', dns: ['10.213.0.1'], openFiles: 4096 }, home());
    expect(body.HostConfig).toMatchObject({ Runtime: 'runsc', Dns: ['10.213.0.1'], Ulimits: [{ Name: 'nofile', Soft: 4096, Hard: 4096 }, { Name: 'core', Soft: 0, Hard: 0 }] });
    expect((await buildContainer({ ...goodSpec(), runtime: null }, home())).HostConfig).not.toHaveProperty('Runtime');
  });

  it.each<[string, (spec: ContainerSpec) => Partial<ContainerSpec>]>([
    ['root', () => ({ user: '0:0' })],
    ['the group root', () => ({ user: '1000:0' })],
    ['a user by name', () => ({ user: 'anyon' })],
    ['no user', () => ({ user: '' })],
    ['the host network', () => ({ network: 'host' })],
    ['the shared bridge', () => ({ network: 'bridge' })],
    ['no network', () => ({ network: 'none' })],
    ['the network of another container', () => ({ network: 'container:abc' })],
    ['an image that is an option', () => ({ image: '--privileged' })],
    ['a variable with = in its name', () => ({ env: { 'A=B': 'c' } })],
    ['a NUL in a variable', () => ({ env: { A: 'b\0c' } })],
    ['a NUL in the command', () => ({ command: ['a\0'] })],
    ['a label that is no label', () => ({ labels: { 'a b': 'c' } })],
    ['a host entry that smuggles a second one', () => ({ hosts: { 'a:1.2.3.4 b': '172.17.0.1' } })],
    ['a host without an address', () => ({ hosts: { simulator: 'example' } })],
    ['too little memory', (spec) => ({ limits: { ...spec.limits, memoryBytes: 1 } })],
    ['unlimited memory', (spec) => ({ limits: { ...spec.limits, memoryBytes: -1 } })],
    ['unlimited processes', (spec) => ({ limits: { ...spec.limits, pids: 0 } })],
    ['a runtime that is a path', () => ({ runtime: '/usr/bin/runc' })],
    ['a runtime that is an option', () => ({ runtime: '--root=/' })],
    ['a runtime without a name', () => ({ runtime: '' })],
    ['a name server by name', () => ({ dns: ['example.org'] })],
    ['unlimited open files', () => ({ openFiles: -1 })],
    ['more open files than the kernel has', () => ({ openFiles: 2 ** 21 })],
    ['a processor that is not a number', (spec) => ({ limits: { ...spec.limits, cpus: Number.NaN } })],
  ])('refuses %s with a sentence', async (_what, change) => {
    const spec = goodSpec();
    await expect(buildContainer({ ...spec, ...change(spec) }, home())).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/\.$/) as string });
  });
});

/** Text that has broken out of other products' container builders, beside plain noise. */
const hostileText = fc.oneof(
  fc.constantFrom('/var/run/docker.sock', '/', '/etc', '/proc', 'host', 'container:x', '--privileged', '..', '../..', '0', '0:0', 'root', 'a\0b', '__proto__', 'constructor', '', 'anyon-network-2', '1000:1000', '4294967296'),
  fc.string({ maxLength: 20 }),
);

function hostileSource() {
  return fc.oneof(
    hostileText,
    fc.constantFrom('', 'keys', 'postgres', 'workspaces', 'workspaces/w1', 'workspaces/w1/files', 'workspaces/w1/exchange', 'workspaces/w1/files/link', 'workspaces/w1/files/../../../keys', 'workspaces/../keys/x/y', 'workspaces/w1/absent').map((relative) => path.join('DATA', relative)),
    fc.constantFrom('/workspaces/w1/../../keys/a', '/workspaces/w1/files/', '/workspaces//w1/files', '/workspaces/w1/files/./').map((raw) => `DATA${raw}`),
  );
}

/** Hostile in one field now and then: a spec that is wrong everywhere would be refused for its first field always. */
function mostly<T>(good: T, hostile: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: hostile });
}

const hostileSpec = fc.record(
  {
    name: hostileText,
    image: mostly('anyon-claude:latest', hostileText),
    labels: mostly({}, fc.dictionary(fc.oneof(fc.constant('anyon.run'), hostileText), hostileText, { maxKeys: 2 })),
    env: mostly({}, fc.dictionary(fc.oneof(fc.constant('A'), hostileText), hostileText, { maxKeys: 2 })),
    user: mostly('1000:1000', hostileText),
    network: mostly('anyon-network-1', hostileText),
    command: mostly([], fc.array(hostileText, { maxLength: 2 })),
    limits: fc.record({
      memoryBytes: mostly(2 ** 29, fc.oneof(fc.integer(), fc.double())),
      cpus: mostly(1, fc.double()),
      pids: mostly(128, fc.oneof(fc.integer(), fc.double())),
    }),
    mounts: fc.array(fc.record({ source: mostly('DATA/workspaces/w1/files', hostileSource()), target: fc.oneof(fc.constantFrom('/workspace', '/anyon/exchange', '/workspace/a/..'), hostileText) }), { maxLength: 2 }),
    runtime: mostly<string | null>('runsc', fc.oneof(fc.constant(null), hostileText)),
    openFiles: mostly(16_384, fc.oneof(fc.integer(), fc.double())),
    dns: mostly(['10.213.0.1'], fc.array(hostileText, { maxLength: 2 })),
    hosts: mostly({}, fc.dictionary(hostileText, fc.oneof(fc.constant('172.17.0.1'), hostileText), { maxKeys: 1 })),
    tty: fc.boolean(),
    // What callers might pass on from outside without types:
    Privileged: fc.constant(true),
    privileged: fc.constant(true),
    HostConfig: fc.constant({ Privileged: true, Binds: ['/:/host'] }),
    Binds: fc.constant(['/:/host']),
    CapAdd: fc.constant(['SYS_ADMIN']),
  },
  { requiredKeys: ['name', 'image', 'labels', 'env', 'user', 'network', 'limits', 'mounts'] },
);

describe('ISO-01 whatever is asked for', () => {
  it('the result is the profile or a refusal, in 10,000 hostile cases', async () => {
    let built = 0;
    await fc.assert(
      fc.asyncProperty(hostileSpec, async (hostile) => {
        const spec = { ...hostile, mounts: hostile.mounts.map((mount) => ({ ...mount, source: mount.source.replace(/^DATA/, dataDir) })) };
        try {
          assertSafe(await buildContainer(spec, home()));
          built += 1;
        } catch (error) {
          if (!isAnyonError(error) || error.kind !== 'invalid') throw error;
        }
      }),
      { numRuns: 10_000 },
    );
    expect(built).toBeGreaterThan(1000);
  });
});

/** Written against the engine's meaning of each field, not against the builder. */
function assertSafe(body: unknown): void {
  assertHardened(body as Record<string, unknown>);
  const { HostConfig: config, User: user, Labels: labels } = body as { HostConfig: Record<string, unknown>; User: string; Labels: Record<string, string> };
  for (const key of ['Binds', 'CapAdd', 'Devices', 'DeviceRequests', 'DeviceCgroupRules', 'PidMode', 'UTSMode', 'UsernsMode', 'CgroupParent', 'Sysctls', 'VolumesFrom', 'VolumeDriver', 'PortBindings', 'GroupAdd', 'MaskedPaths', 'ReadonlyPaths', 'OomKillDisable', 'Links']) {
    expect(config).not.toHaveProperty(key);
  }
  expect(config).toMatchObject({ Privileged: false, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], IpcMode: 'private', RestartPolicy: { Name: 'no' } });
  expect(user).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
  expect(config['NetworkMode']).not.toMatch(/^(host|bridge|none|default|container:.*)$/);
  expect(config['Memory']).toBe(config['MemorySwap']);
  if ('Runtime' in config) expect(config['Runtime']).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
  for (const address of (config['Dns'] ?? []) as string[]) expect(net.isIP(address)).not.toBe(0);
  const [nofile, core] = config['Ulimits'] as Array<{ Name: string; Soft: number; Hard: number }>;
  expect(nofile?.Hard).toBeGreaterThan(0);
  expect(core).toEqual({ Name: 'core', Soft: 0, Hard: 0 });
  for (const limit of ['Memory', 'NanoCpus', 'PidsLimit']) expect(config[limit]).toBeGreaterThan(0);
  for (const mount of config['Mounts'] as Array<{ Type: string; Source: string; Target: string }>) {
    expect(mount.Type).toBe('bind');
    expect(mount.Source).toMatch(new RegExp(`^${dataDir}/workspaces/w1/(files|exchange)$`));
    expect(mount.Target).toMatch(/^\/(workspace|anyon)(\/|$)/);
    expect(mount.Target).not.toContain('..');
  }
  expect(labels['anyon.instance']).toBe('test');
}
