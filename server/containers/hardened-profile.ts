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

const hostConfigKeys = new Set<string>([
  ...Object.keys(fixed),
  'Memory',
  'MemorySwap',
  'NanoCpus',
  'PidsLimit',
  'NetworkMode',
  'Ulimits',
  'LogConfig',
  'Tmpfs',
  'Mounts',
  'ExtraHosts',
]);

const sharedNetworks = new Set(['bridge', 'host', 'none', 'default', 'nat']);

/** True for the name of a user-defined network: not the host's, not another container's, not the shared bridge. */
export function isOwnNetwork(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(name) && !sharedNetworks.has(name.toLowerCase());
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
  for (const key of ['Memory', 'NanoCpus', 'PidsLimit']) if (!isPositiveInteger(hostConfig[key])) refuse(`HostConfig.${key} is not a limit`);
  if (hostConfig['MemorySwap'] !== hostConfig['Memory']) refuse('swap is not limited');
  if (typeof hostConfig['NetworkMode'] !== 'string' || !isOwnNetwork(hostConfig['NetworkMode'])) refuse('the network is shared');
  assertPlainMounts(hostConfig['Mounts']);
}

function assertPlainMounts(mounts: unknown): void {
  if (!Array.isArray(mounts)) return refuse('HostConfig.Mounts is missing');
  for (const mount of mounts as unknown[]) {
    const { Type: type, Source: source, Target: target, ReadOnly: readOnly, BindOptions: options, ...rest } = isRecord(mount) ? mount : {};
    const plain = type === 'bind' && typeof source === 'string' && typeof target === 'string' && typeof readOnly === 'boolean';
    if (!plain || Object.keys(rest).length > 0 || JSON.stringify(options) !== '{"Propagation":"rprivate"}') refuse('a mount is not a plain bind mount');
  }
}

function refuse(reason: string): void {
  throw new AnyonError('forbidden', `Anyon refuses to create this container: ${reason}.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
