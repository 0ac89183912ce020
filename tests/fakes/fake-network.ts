import { randomBytes } from 'node:crypto';
import { firstAddress, freeSubnet } from '@/server/containers/address-pool';
import type { EngineNetwork, NetworkSpec } from '@/server/containers/engine';
import { isOwnNetwork } from '@/server/containers/hardened-profile';
import { AnyonError } from '@/server/errors';
import { carries } from '@/tests/fakes/fake-container';

/** The network of this name among those of the engine in memory, made when it is not there, and anew when its bridge is another one. */
export function networkFor(networks: Map<string, EngineNetwork>, { name, bridge, labels, pool }: NetworkSpec): EngineNetwork {
  if (!isOwnNetwork(name)) throw new AnyonError('invalid', `"${name}" may not be the name of a workspace's network.`);
  const existing = networks.get(name);
  if (existing && !carries(existing, labels)) throw new AnyonError('precondition', `A network named ${name} exists already and was not made by this Anyon.`);
  if (existing?.bridge === bridge) return existing;
  networks.delete(name);
  const taken = [...networks.values()].map((network) => network.subnet ?? '');
  const subnet = freeSubnet(pool, taken, name);
  if (!subnet) throw new AnyonError('limit_reached', `No addresses are left in ${pool}.`);
  const network = { id: randomBytes(32).toString('hex'), name, labels, subnet, gateway: firstAddress(subnet), bridge };
  networks.set(name, network);
  return network;
}
