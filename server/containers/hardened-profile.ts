import net from 'node:net';
import { AnyonError } from '@/server/errors';
import { isNonRootUser } from '@/server/containers/container-user';
import type { EngineMount } from '@/server/containers/container-mounts';

/** The only keys of Docker's HostConfig that Anyon sets. Whatever is absent keeps the engine's (safe) default. */
export interface HardenedHostConfig {
  CapDrop: ['ALL'];
  SecurityOpt: ['no-new-privileges:true'];
  Privileged: false;
  Memory: number;
  MemorySwap: number;
  NanoCpus: number;
  PidsLimit: number;
  NetworkMode: string;
  IpcMode: 'private';
  Init: false;
  RestartPolicy: { Name: 'no' };
  Ulimits: Array<{ Name: string; Soft: number; Hard: number }>;
  LogConfig: { Type: 'json-file'; Config: Record<string, string> };
  Tmpfs: Record<string, string>;
  Mounts: EngineMount[];
  ExtraHosts: string[];
  /** IP addresses. */
  Dns?: string[];
  DnsOptions?: string[];
  /** A name that the engine knows; absent: its default. */
  Runtime?: string;
}

/** Keys outside HostConfig. No Volumes, no ExposedPorts, no NetworkingConfig, no Entrypoint, no Healthcheck. */
const createKeys = new Set(['Image', 'Cmd', 'Env', 'Labels', 'User', 'Tty', 'OpenStdin', 'AttachStdin', 'AttachStdout', 'AttachStderr', 'HostConfig']);

const fixed = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges:true'],
  Privileged: false,
  IpcMode: 'private',
  Init: false,
  RestartPolicy: { Name: 'no' },
} as const;

const limitKeys: readonly string[] = ['Memory', 'MemorySwap', 'NanoCpus', 'PidsLimit'];

const hostConfigKeys = new Set<string>([
  ...Object.keys(fixed),
  ...limitKeys,
  'NetworkMode',
  'Ulimits',
  'LogConfig',
  'Tmpfs',
  'Mounts',
  'ExtraHosts',
  'Dns',
  'DnsOptions',
  'Runtime',
]);

const sharedNetworks = new Set(['bridge', 'host', 'none', 'default', 'nat']);

/** True for the name of a user-defined network: not the host's, not another container's, not the shared bridge. */
export function isOwnNetwork(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(name) && !sharedNetworks.has(name.toLowerCase());
}

/** True for what may be the name of a runtime: no path, nothing that could be an option. */
export function isRuntimeName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
}

/**
 * The last check before the socket, independent of how the request was built: throws `forbidden` unless the body of a
 * container-create request has only known keys, the fixed part of the profile, all limits, a user other than root, its
 * own network and nothing but bind mounts with private propagation.
 */
export function assertHardened(body: Readonly<Record<string, unknown>>): void {
  const hostConfig = body['HostConfig'];
  if (!isRecord(hostConfig)) return refuse('HostConfig is missing');
  for (const key of Object.keys(body)) if (!createKeys.has(key)) refuse(`${key} is set`);
  for (const key of Object.keys(hostConfig)) if (!hostConfigKeys.has(key)) refuse(`HostConfig.${key} is set`);
  for (const [key, value] of Object.entries(fixed)) {
    if (JSON.stringify(hostConfig[key]) !== JSON.stringify(value)) refuse(`HostConfig.${key} is not ${JSON.stringify(value)}`);
  }
  if (typeof body['User'] !== 'string' || !isNonRootUser(body['User'])) refuse('the user is root or not numeric');
  assertLimits(hostConfig, 'create this container');
  if (typeof hostConfig['NetworkMode'] !== 'string' || !isOwnNetwork(hostConfig['NetworkMode'])) refuse('the network is shared');
  const runtime = hostConfig['Runtime'];
  if (runtime !== undefined && (typeof runtime !== 'string' || !isRuntimeName(runtime))) refuse('HostConfig.Runtime is not the name of a runtime');
  const dns = hostConfig['Dns'] === undefined ? [] : hostConfig['Dns'];
  if (!Array.isArray(dns) || !dns.every((address) => typeof address === 'string' && net.isIP(address) !== 0)) refuse('HostConfig.Dns is not a list of IP addresses');
  const options = hostConfig['DnsOptions'] ?? [];
  if (!Array.isArray(options) || !options.every((option) => typeof option === 'string' && /^(timeout|attempts):\d$/.test(option))) refuse('HostConfig.DnsOptions has more than patience in it');
  assertOpenFilesLimit(hostConfig['Ulimits']);
  assertPlainMounts(hostConfig['Mounts']);
}

/** The same for a change of limits: throws `forbidden` unless it sets all four, each positive, without swap, and nothing else. */
export function assertLimitsOnly(body: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(body)) if (!limitKeys.includes(key)) refuse(`${key} is set`, 'change this container');
  assertLimits(body, 'change this container');
}

function assertLimits(fields: Readonly<Record<string, unknown>>, what: string): void {
  for (const key of limitKeys) if (!isPositiveInteger(fields[key])) refuse(`${key} is not a limit`, what);
  if (fields['MemorySwap'] !== fields['Memory']) refuse('swap is not limited', what);
}

function assertOpenFilesLimit(ulimits: unknown): void {
  const nofile = Array.isArray(ulimits) ? (ulimits as unknown[]).find((limit) => isRecord(limit) && limit['Name'] === 'nofile') : undefined;
  if (!isRecord(nofile) || !isPositiveInteger(nofile['Hard']) || nofile['Soft'] !== nofile['Hard']) refuse('the number of open files is not limited');
}

function assertPlainMounts(mounts: unknown): void {
  if (!Array.isArray(mounts)) return refuse('HostConfig.Mounts is missing');
  for (const mount of mounts as unknown[]) {
    const { Type: type, Source: source, Target: target, ReadOnly: readOnly, BindOptions: options, ...rest } = isRecord(mount) ? mount : {};
    const plain = type === 'bind' && typeof source === 'string' && typeof target === 'string' && typeof readOnly === 'boolean';
    if (!plain || Object.keys(rest).length > 0 || JSON.stringify(options) !== '{"Propagation":"rprivate"}') refuse('a mount is not a plain bind mount');
  }
}

function refuse(reason: string, what = 'create this container'): void {
  throw new AnyonError('forbidden', `Anyon refuses to ${what}: ${reason}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
