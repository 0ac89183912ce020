import net from 'node:net';
import { AnyonError } from '@/server/errors';
import { checkLimits, checkOpenFiles, defaultOpenFiles, limitFields } from '@/server/containers/container-limits';
import { checkMounts, type MountRoots } from '@/server/containers/container-mounts';
import { isNonRootUser } from '@/server/containers/container-user';
import type { ContainerSpec, Labels } from '@/server/containers/engine';
import { isOwnNetwork, isRuntimeName, type HardenedHostConfig } from '@/server/containers/hardened-profile';
import { checkImageReference } from '@/server/containers/image-reference';

/** What a container may not choose: where data lies and which install it belongs to. */
export interface ContainerHome extends MountRoots {
  instance: string;
}

/** The body of Docker's create request. There is no other way to make one. */
export interface ContainerCreateBody {
  Image: string;
  Cmd?: string[];
  Env: string[];
  Labels: Record<string, string>;
  User: string;
  Tty: boolean;
  OpenStdin: false;
  AttachStdin: false;
  AttachStdout: true;
  AttachStderr: true;
  HostConfig: HardenedHostConfig;
}

const mebibyte = 1024 * 1024;
const largestTmp = 1024 * mebibyte;

/** Labels that mark everything this install made on the engine; nothing without them is ever touched. */
export function instanceLabels(instance: string): Labels {
  return { 'anyon.instance': instance };
}

/**
 * Builds the one hardened profile: no capabilities, no new privileges, default seccomp, limits for memory (no swap), CPU,
 * processes and open files, its own network, nothing of the host mounted but workspace folders, never root. Throws
 * `invalid` with the reason for a spec that asks for anything else.
 */
export async function buildContainer(spec: ContainerSpec, home: ContainerHome): Promise<ContainerCreateBody> {
  if (!isNonRootUser(spec.user)) throw new AnyonError('invalid', `A container's user must be a numeric uid:gid other than 0 (got "${spec.user}").`);
  if (!isOwnNetwork(spec.network)) throw new AnyonError('invalid', `A container needs a network of its own ("${spec.network}" is not one).`);
  return {
    Image: checkImageReference(spec.image),
    ...(spec.command ? { Cmd: spec.command.map((part) => checkText('The command', part)) } : {}),
    Env: Object.entries(spec.env).map(([name, value]) => checkVariable(name, value)),
    Labels: checkLabels({ ...instanceLabels(home.instance), ...spec.labels }),
    User: spec.user,
    Tty: spec.tty ?? false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: await buildHostConfig(spec, home),
  };
}

async function buildHostConfig(spec: ContainerSpec, roots: MountRoots): Promise<HardenedHostConfig> {
  const limits = checkLimits(spec.limits);
  const openFiles = checkOpenFiles(spec.openFiles ?? defaultOpenFiles);
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    Privileged: false,
    ...limitFields(limits),
    NetworkMode: spec.network,
    IpcMode: 'private',
    // The image brings its own init (tini); two would hide exit codes.
    Init: false,
    RestartPolicy: { Name: 'no' },
    Ulimits: [
      { Name: 'nofile', Soft: openFiles, Hard: openFiles },
      // A core file would hold the secrets of the process that died.
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
    // exec stays allowed: npm and Claude Code run programs from /tmp. The size counts against the memory limit.
    Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${Math.min(Math.floor(limits.memoryBytes / 2), largestTmp)}` },
    Mounts: await checkMounts(spec.mounts, roots),
    ExtraHosts: Object.entries(spec.hosts ?? {}).map(([name, address]) => checkHost(name, address)),
    // With the usual patience (5 s, twice, for each kind of address) programs hang where no server answers.
    ...(spec.dns?.length ? { Dns: spec.dns.map(checkNameServer), DnsOptions: ['timeout:1', 'attempts:1'] } : {}),
    ...(spec.runtime === undefined || spec.runtime === null ? {} : { Runtime: checkRuntime(spec.runtime) }),
  };
}

function checkVariable(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new AnyonError('invalid', `"${name.slice(0, 100)}" is not the name of an environment variable.`);
  return `${name}=${checkText(`The variable ${name}`, value)}`;
}

function checkLabels(labels: Labels): Record<string, string> {
  for (const [name, value] of Object.entries(labels)) {
    if (!/^[a-z0-9](?:[a-z0-9._/-]{0,126}[a-z0-9])?$/.test(name)) throw new AnyonError('invalid', `"${name.slice(0, 100)}" is not the name of a label.`);
    checkText(`The label ${name}`, value);
  }
  return { ...labels };
}

function checkHost(name: string, address: string): string {
  const plain = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/.test(name);
  if (!plain || net.isIP(address) === 0) throw new AnyonError('invalid', `"${name.slice(0, 100)}" → "${address.slice(0, 100)}" is not a host name with an IP address.`);
  return `${name}:${address}`;
}

function checkNameServer(address: string): string {
  if (net.isIP(address) === 0) throw new AnyonError('invalid', `"${address.slice(0, 100)}" is not the IP address of a name server.`);
  return address;
}

function checkRuntime(name: string): string {
  if (!isRuntimeName(name)) throw new AnyonError('invalid', `"${name.slice(0, 100)}" is not the name of a container runtime.`);
  return name;
}

function checkText(what: string, value: string): string {
  if (value.includes('\0')) throw new AnyonError('invalid', `${what} contains a NUL character.`);
  return value;
}
