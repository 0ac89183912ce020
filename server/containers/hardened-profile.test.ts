import { describe, expect, it } from 'vitest';
import { buildContainer } from '@/server/containers/container-spec';
import { assertHardened, isOwnNetwork } from '@/server/containers/hardened-profile';

async function goodBody(): Promise<Record<string, unknown> & { HostConfig: Record<string, unknown> }> {
  const spec = { name: 'a', image: 'a', labels: {}, env: {}, user: '1000', network: 'anyon-1', limits: { memoryBytes: 2 ** 26, cpus: 1, pids: 32 }, mounts: [] };
  const body = await buildContainer(spec, { dataDir: '/nowhere', instance: 'test' });
  return structuredClone(body) as unknown as Record<string, unknown> & { HostConfig: Record<string, unknown> };
}

const bind = { Type: 'bind', Source: '/data/workspaces/a/files', Target: '/workspace', ReadOnly: false, BindOptions: { Propagation: 'rprivate' } };

describe('ISO-01 assertHardened', () => {
  it('accepts what the builder makes', async () => {
    const body = await goodBody();
    expect(() => assertHardened(body)).not.toThrow();
    Object.assign(body.HostConfig, { Runtime: 'sysbox-runc', Dns: ['10.213.0.1', 'fd00::1'] });
    expect(() => assertHardened(body)).not.toThrow();
  });

  it.each([
    ['Privileged', true],
    ['CapDrop', []],
    ['SecurityOpt', ['no-new-privileges:true', 'seccomp=unconfined']],
    ['IpcMode', 'host'],
    ['Memory', 0],
    ['MemorySwap', -1],
    ['NanoCpus', 0],
    ['PidsLimit', -1],
    ['NetworkMode', 'host'],
    ['NetworkMode', 'container:x'],
    ['RestartPolicy', { Name: 'always' }],
    ['CapAdd', ['SYS_ADMIN']],
    ['Binds', ['/:/host']],
    ['Devices', []],
    ['PidMode', 'host'],
    ['UsernsMode', 'host'],
    ['Runtime', ''],
    ['Runtime', '/usr/bin/evil'],
    ['Runtime', '--root=/'],
    ['Runtime', ['runc']],
    ['Runtime', null],
    ['Dns', '1.1.1.1'],
    ['Dns', ['example.org']],
    ['Dns', ['1.1.1.1 8.8.8.8']],
    ['Dns', null],
    ['Ulimits', undefined],
    ['Ulimits', []],
    ['Ulimits', [{ Name: 'nofile', Soft: -1, Hard: -1 }]],
    ['Ulimits', [{ Name: 'nofile', Soft: 1024, Hard: 2048 }]],
    ['PortBindings', {}],
    ['Mounts', undefined],
    ['Mounts', [{ ...bind, Type: 'volume' }]],
    ['Mounts', [{ ...bind, Type: 'volume', VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/' } } } }]],
    ['Mounts', [{ ...bind, VolumeOptions: {} }]],
    ['Mounts', [{ ...bind, BindOptions: { Propagation: 'shared' } }]],
    ['Mounts', ['/:/host']],
  ])('refuses HostConfig.%s = %j', async (key, value) => {
    const body = await goodBody();
    body.HostConfig[key] = value;
    expect(() => assertHardened(body)).toThrow(/refuses to create/);
  });

  it.each([
    ['User', '0'],
    ['User', 'root'],
    ['User', undefined],
    ['Entrypoint', ['sh']],
    ['Volumes', { '/x': {} }],
    ['NetworkingConfig', {}],
    ['HostConfig', null],
    ['HostConfig', []],
  ])('refuses %s = %j', async (key, value) => {
    const body = await goodBody();
    body[key] = value as never;
    expect(() => assertHardened(body)).toThrow(/refuses to create/);
  });
});

it('knows which networks are shared', () => {
  for (const name of ['host', 'bridge', 'none', 'default', 'HOST', 'container:x', '', 'a b', '-x', 'x/y']) expect(isOwnNetwork(name)).toBe(false);
  expect(isOwnNetwork('anyon-network-0190')).toBe(true);
});
