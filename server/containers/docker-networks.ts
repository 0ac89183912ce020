import net from 'node:net';
import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import type { DockerClient } from '@/server/containers/docker-client';
import { networkPath } from '@/server/containers/docker-path';
import type { Labels } from '@/server/containers/engine';
import { isOwnNetwork } from '@/server/containers/hardened-profile';

const networkShape = z.object({
  Name: z.string(),
  Driver: z.string(),
  Options: z.record(z.string(), z.string()).nullish(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() })).nullish() }).nullish(),
});
type Network = z.infer<typeof networkShape>;

/** Containers of one network may not talk to each other. The daemon's own `icc` setting does not reach user-defined networks. */
const isolation = 'com.docker.network.bridge.enable_icc';

/** Creates the network if there is none of that name; refuses one that somebody else made without isolation. */
export async function ensureNetwork(client: DockerClient, name: string, labels: Labels, signal?: AbortSignal): Promise<void> {
  if (!isOwnNetwork(name)) throw new AnyonError('invalid', `"${name.slice(0, 100)}" may not be the name of a workspace's network.`);
  const existing = await findNetwork(client, name, signal);
  if (existing) return assertIsolated(existing);
  const body = { Name: name, Driver: 'bridge', CheckDuplicate: true, Options: { [isolation]: 'false' }, Labels: { ...labels } };
  try {
    await client.tell({ method: 'POST', path: '/networks/create', body, action: `create the network ${name}`, signal, timeoutMs: 30_000 });
  } catch (error) {
    // Somebody else made it in between: then theirs is judged.
    const made = isAnyonError(error) && error.kind === 'conflict' ? await findNetwork(client, name, signal) : null;
    if (!made) throw error;
    assertIsolated(made);
  }
}

/** Removes the network; absent is fine, in use is a `conflict`. */
export async function removeNetwork(client: DockerClient, name: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.tell({ method: 'DELETE', path: networkPath(name), action: `remove the network ${name}`, signal, timeoutMs: 30_000 });
  } catch (error) {
    if (!isAnyonError(error) || error.kind !== 'not_found') throw error;
  }
}

/**
 * The host's address on the default bridge: reachable from every user-defined bridge network as well. A bridge that Docker
 * made at this start has no gateway in its description (20.10); it is the subnet's first address then.
 */
export async function hostGateway(client: DockerClient, signal?: AbortSignal): Promise<string | null> {
  const bridge = await findNetwork(client, 'bridge', signal);
  for (const { Gateway: gateway, Subnet: subnet } of bridge?.IPAM?.Config ?? []) {
    const address = gateway ?? firstAddress(subnet ?? '');
    if (address !== null && net.isIPv4(address)) return address;
  }
  return null;
}

/** `172.17.0.0/16` → `172.17.0.1`; null for what is not an IPv4 subnet. */
function firstAddress(subnet: string): string | null {
  const match = /^((?:\d{1,3}\.){3})(\d{1,3})\/\d{1,2}$/.exec(subnet);
  return match === null ? null : `${match[1]}${Number(match[2]) + 1}`;
}

async function findNetwork(client: DockerClient, name: string, signal?: AbortSignal): Promise<Network | null> {
  try {
    const network = await client.ask({ method: 'GET', path: networkPath(name), action: `look up the network ${name}`, signal }, networkShape);
    // Docker also finds networks by the beginning of their id.
    return network.Name === name ? network : null;
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

function assertIsolated(network: Network): void {
  if (network.Driver === 'bridge' && network.Options?.[isolation] === 'false') return;
  throw new AnyonError('conflict', `A network named ${network.Name} exists already, and containers in it can reach each other. Remove it: docker network rm ${network.Name}`);
}
