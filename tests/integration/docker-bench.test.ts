import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { ensureWorkspaceSecretsDir } from '@/server/secrets/injection/secret-folder';
import { containerName, workspaceContainerSpec } from '@/server/workspaces/workspace-container';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** What the engine says of a workspace's container, as far as it is judged. */
interface Inspected {
  AppArmorProfile: string;
  Config: { Healthcheck?: unknown; ExposedPorts?: object | null; Image: string };
  HostConfig: {
    CapAdd: string[] | null;
    CapDrop: string[] | null;
    Privileged: boolean;
    Memory: number;
    NanoCpus: number;
    ReadonlyRootfs: boolean;
    PortBindings: object | null;
    PublishAllPorts: boolean;
    RestartPolicy: { Name: string };
    NetworkMode: string;
    PidMode: string;
    IpcMode: string;
    UTSMode: string;
    UsernsMode: string;
    CgroupParent: string;
    Devices: unknown[] | null;
    Ulimits: Array<{ Name: string; Hard: number }> | null;
    SecurityOpt: string[] | null;
    PidsLimit: number | null;
  };
  Mounts: Array<{ Source: string; Destination: string; Propagation: string }>;
  NetworkSettings: { Ports: object | null; Networks: object };
}

const sensitive = ['/boot', '/dev', '/etc', '/lib', '/proc', '/sys', '/usr', '/root', '/var/run', '/run'];
const none = (value: object | null | undefined) => value === null || value === undefined || Object.keys(value).length === 0;

/** The automated checks of CIS Docker Benchmark section 5, by the fields that docker-bench-security reads; true is PASS. */
const checks: Record<string, (container: Inspected) => boolean> = {
  '5.2 AppArmor profile': ({ AppArmorProfile: profile }) => profile !== '' && profile !== 'unconfined',
  '5.3 security options are set': ({ HostConfig: config }) => !none(config.SecurityOpt),
  '5.4 no capability is added, and all are dropped': ({ HostConfig: config }) => none(config.CapAdd) && JSON.stringify(config.CapDrop) === '["ALL"]',
  '5.5 not privileged': ({ HostConfig: config }) => !config.Privileged,
  '5.6 no sensitive directory is mounted': ({ Mounts: mounts }) => mounts.every(({ Source: source }) => source !== '/' && sensitive.every((directory) => source !== directory && !source.startsWith(`${directory}/`))),
  '5.8 no privileged port is mapped': ({ NetworkSettings: { Ports: ports } }) => none(ports),
  '5.9 only needed ports are open': ({ Config: config, HostConfig: { PublishAllPorts: all } }) => none(config.ExposedPorts) && !all,
  '5.10 not the network of the host': ({ HostConfig: config }) => config.NetworkMode !== 'host',
  '5.11 memory is limited': ({ HostConfig: config }) => config.Memory > 0,
  '5.12 CPU is limited': ({ HostConfig: config }) => config.NanoCpus > 0,
  '5.13 the root file system is read-only': ({ HostConfig: config }) => config.ReadonlyRootfs,
  '5.14 no port on every address': ({ HostConfig: config }) => none(config.PortBindings),
  '5.15 no restart policy': ({ HostConfig: config }) => config.RestartPolicy.Name === 'no',
  '5.16 process namespace of its own': ({ HostConfig: config }) => config.PidMode === '',
  '5.17 IPC namespace of its own': ({ HostConfig: config }) => config.IpcMode === 'private',
  '5.18 no device of the host': ({ HostConfig: config }) => none(config.Devices),
  '5.19 ulimits are set': ({ HostConfig: config }) => ['nofile', 'core'].every((name) => config.Ulimits?.some((limit) => limit.Name === name)),
  '5.20 no shared mount propagation': ({ Mounts: mounts }) => mounts.every(({ Propagation: propagation }) => propagation === 'rprivate'),
  '5.21 UTS namespace of its own': ({ HostConfig: config }) => config.UTSMode === '',
  '5.22 the default seccomp profile': ({ HostConfig: config }) => config.SecurityOpt?.every((option) => !option.startsWith('seccomp')) === true,
  '5.25 the usual cgroup': ({ HostConfig: config }) => config.CgroupParent === '',
  '5.26 no new privileges': ({ HostConfig: config }) => config.SecurityOpt?.includes('no-new-privileges:true') === true,
  '5.27 a health check': ({ Config: config }) => config.Healthcheck !== undefined,
  '5.29 processes are limited': ({ HostConfig: config }) => (config.PidsLimit ?? 0) > 0,
  '5.30 not the default bridge': ({ HostConfig: config, NetworkSettings: { Networks: networks } }) => !['default', 'bridge'].includes(config.NetworkMode) && !('bridge' in networks),
  "5.31 not the host's user namespace by choice": ({ HostConfig: config }) => config.UsernsMode === '',
  '5.32 no Docker socket inside': ({ Mounts: mounts }) => mounts.every(({ Source: source, Destination: target }) => !/docker\.sock|containerd\.sock/.test(`${source} ${target}`)),
};

/** Known, and why. */
const exceptions: Record<string, string> = {
  '5.2 AppArmor profile': 'Depends on the host: where it has AppArmor, the engine sets docker-default by itself.',
  '5.13 the root file system is read-only': 'Tools that Claude installs for its user write outside the workspace; without capabilities and as uid 1000 nothing of the system can be changed.',
  '5.27 a health check': 'The container only sleeps; the worker watches it from outside.',
};

let product: TestProduct;
let workspaceId = '';
let container: Inspected;

beforeAll(async () => {
  product = await startTestProduct();
  ({ workspaceId } = await workspaceWithRun(database(), await product.addUser('owner')));
  const [row] = await database().select().from(workspaces).where(eq(workspaces.id, workspaceId));
  if (!row) throw new Error('There is no workspace.');
  for (const directory of [workspaceFilesDir(workspaceId), workspaceExchangeDir(workspaceId)]) {
    mkdirSync(directory, { recursive: true });
    chownSync(directory, env().ANYON_DOCKER_USER, env().ANYON_DOCKER_USER);
  }
  await ensureWorkspaceSecretsDir(workspaceId);
  await containerEngine().ensureNetwork(workspaceNetworkSpec(row));
  const id = await containerEngine().createContainer(workspaceContainerSpec(row));
  await containerEngine().startContainer(id);
  [container] = JSON.parse(execFileSync('docker', ['inspect', id], { encoding: 'utf8' })) as [Inspected];
});
afterAll(() => product?.close());

it.each(Object.entries(checks).filter(([name]) => !(name in exceptions)))('ISO-14 CIS %s', (_name, passes) => {
  expect(passes(container)).toBe(true);
});

it('ISO-14 the exceptions are those that are known, and no others', () => {
  const warned = Object.entries(checks).filter(([, passes]) => !passes(container)).map(([name]) => name);
  expect(Object.keys(exceptions)).toEqual(expect.arrayContaining(warned));
});

it('ISO-16 memory, CPU, processes, open files and /tmp are limited in the kernel, with the settings of the install', async () => {
  const { stdout } = await containerEngine().exec(containerName(workspaceId), {
    argv: ['sh', '-c', 'ulimit -n; ulimit -Hn; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max; df -k --output=size /tmp | tail -1'],
  });
  const [soft, hard, pids, memory, tmpKib] = stdout.toString().trim().split('\n').map(Number);
  expect([soft, hard]).toEqual([env().ANYON_OPEN_FILES, env().ANYON_OPEN_FILES]);
  expect([pids, memory, tmpKib]).toEqual([512, 1024 ** 3, 512 * 1024]);
  expect(container.HostConfig.NanoCpus).toBe(1e9);
});
