import net from 'node:net';
import os from 'node:os';
import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import { firstAddress, freeSubnet } from '@/server/containers/address-pool';
import type { DockerClient } from '@/server/containers/docker-client';
import { networkPath } from '@/server/containers/docker-path';
import type { EngineNetwork, Labels, NetworkSpec } from '@/server/containers/engine';
import { directRoutes, routedElsewhere } from '@/server/containers/host-routes';
import { bridgeOption, isolationOption } from '@/server/containers/isolated-network';
import { isOwnNetwork } from '@/server/containers/hardened-profile';

const networkShape = z.object({
  Id: z.string().default(''),
  Name: z.string(),
  Driver: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string().optional(), Gateway: z.string().optional() })).nullish() }).nullish(),
});
type Network = z.infer<typeof networkShape>;

/** Others may take an address range between our look and our request. */
const ADDRESS_TRIES = 8;

/**
 * Creates the network unless it is there as it should be: isolated, on this bridge, with an address range that leads to no other interface of this host. One of ours
 * (it carries all the labels) that is otherwise is replaced; one of somebody else's is a `conflict`.
 */
export async function ensureNetwork(client: DockerClient, spec: NetworkSpec, signal?: AbortSignal): Promise<EngineNetwork> {
  const { name, bridge } = spec;
  if (!isOwnNetwork(name)) throw new AnyonError('invalid', `"${name.slice(0, 100)}" may not be the name of a workspace's network.`);
  if (!/^[a-z][a-z0-9]{0,14}$/.test(bridge)) throw new AnyonError('invalid', `"${bridge.slice(0, 100)}" may not be the name of a network's bridge.`);
  const existing = await findNetwork(client, name, signal);
  if (existing) {
    if (isAsWanted(existing, spec)) return describe(existing);
    assertOurs(existing, spec);
    await removeNetwork(client, name, signal);
  }
  return createNetwork(client, spec, signal);
}

async function createNetwork(client: DockerClient, spec: NetworkSpec, signal?: AbortSignal): Promise<EngineNetwork> {
  const lost: string[] = [];
  for (;;) {
    const subnet = await chooseSubnet(client, spec, lost, signal);
    try {
      await client.tell({ method: 'POST', path: '/networks/create', body: createBody(spec, subnet), action: `create the network ${spec.name}`, signal, timeoutMs: 30_000 });
    } catch (error) {
      const overlaps = /pool overlaps/i.test(describeCause(error));
      if (overlaps && lost.push(subnet) < ADDRESS_TRIES) continue;
      // Somebody else may have made it in between: then theirs is judged.
      if (!isAnyonError(error) || error.kind !== 'conflict') throw error;
    }
    const made = await findNetwork(client, spec.name, signal);
    if (!made) throw new AnyonError('unavailable', `Docker made the network ${spec.name}, and now it is gone. Try again.`);
    if (isAsWanted(made, spec)) return describe(made);
    assertOurs(made, spec);
    throw new AnyonError('unavailable', `Somebody else made the network ${spec.name} at the same moment, in another way. Try again.`);
  }
}

/** A free /28, away from every network of the engine, from the networks that this host itself is in, and from bridges without a network. */
async function chooseSubnet(client: DockerClient, spec: NetworkSpec, lost: readonly string[], signal?: AbortSignal): Promise<string> {
  const networks = await askNetworks(client, {}, signal);
  const ofEngine = networks.flatMap((network) => (network.IPAM?.Config ?? []).map(({ Subnet: subnet }) => subnet ?? ''));
  const ofHost = Object.values(os.networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ cidr }) => cidr ?? ''));
  const subnet = freeSubnet(spec.pool, [...ofEngine, ...ofHost, ...routedElsewhere(directRoutes(), spec.pool, spec.bridge), ...lost], `${spec.name} ${lost.length}`);
  if (subnet) return subnet;
  throw new AnyonError('limit_reached', `No addresses are left in ${spec.pool} for a network of its own. Delete workspaces that are not needed, or set ANYON_ADDRESS_POOL to a larger private range that nothing else here uses.`);
}

function createBody(spec: NetworkSpec, subnet: string) {
  return {
    Name: spec.name,
    Driver: 'bridge',
    CheckDuplicate: true,
    EnableIPv6: false,
    Options: { [isolationOption]: 'false', [bridgeOption]: spec.bridge },
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: firstAddress(subnet) }] },
    Labels: { ...spec.labels },
  };
}

/** Removes the network; absent is fine, in use is a `conflict`. */
export async function removeNetwork(client: DockerClient, name: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.tell({ method: 'DELETE', path: networkPath(name), action: `remove the network ${name}`, signal, timeoutMs: 30_000 });
  } catch (error) {
    if (!isAnyonError(error) || error.kind !== 'not_found') throw error;
  }
}

/** Networks that carry all these labels. */
export async function listNetworks(client: DockerClient, labels: Labels, signal?: AbortSignal): Promise<EngineNetwork[]> {
  return (await askNetworks(client, labels, signal)).map(describe);
}

/** Null when there is none of that name. */
export async function inspectNetwork(client: DockerClient, name: string, signal?: AbortSignal): Promise<EngineNetwork | null> {
  const network = await findNetwork(client, name, signal);
  return network && describe(network);
}

/**
 * The host's address on the default bridge: reachable from every user-defined bridge network as well. A bridge that Docker
 * made at this start has no gateway in its description (20.10); it is the subnet's first address then.
 */
export async function hostGateway(client: DockerClient, signal?: AbortSignal): Promise<string | null> {
  const bridge = await findNetwork(client, 'bridge', signal);
  return bridge && gatewayOf(bridge);
}

function gatewayOf(network: Network): string | null {
  for (const { Gateway: gateway, Subnet: subnet } of network.IPAM?.Config ?? []) {
    const address = gateway ?? firstAddress(subnet ?? '');
    if (address !== null && net.isIPv4(address)) return address;
  }
  return null;
}

async function askNetworks(client: DockerClient, labels: Labels, signal?: AbortSignal): Promise<Network[]> {
  const filters = { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
  return client.ask({ method: 'GET', path: '/networks', query: { filters: JSON.stringify(filters) }, action: 'list networks', signal }, z.array(networkShape));
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

function isAsWanted(network: Network, spec: NetworkSpec): boolean {
  const { subnet, bridge } = describe(network);
  const isReached = subnet !== null && !routedElsewhere(directRoutes(), spec.pool, bridge ?? '').includes(subnet);
  return network.Driver === 'bridge' && network.Options?.[isolationOption] === 'false' && bridge === spec.bridge && isReached && isOurs(network, spec);
}

function isOurs(network: Network, spec: NetworkSpec): boolean {
  return Object.entries(spec.labels).every(([name, value]) => network.Labels?.[name] === value);
}

function assertOurs(network: Network, spec: NetworkSpec): void {
  if (isOurs(network, spec)) return;
  throw new AnyonError('precondition', `A network named ${network.Name} exists already and was not made by this Anyon. Remove it: docker network rm ${network.Name}`);
}

function describe(network: Network): EngineNetwork {
  const subnet = network.IPAM?.Config?.map((config) => config.Subnet ?? '').find((text) => firstAddress(text) !== null) ?? null;
  return { id: network.Id, name: network.Name, labels: network.Labels ?? {}, subnet, gateway: gatewayOf(network), bridge: network.Options?.[bridgeOption] ?? null };
}

/** The engine's own words, which the sentence for people may have left out. */
function describeCause(error: unknown): string {
  return error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
}
