import os from 'node:os';
import type { SystemCheck } from '@/contract/system-status';
import { parseRange, type AddressRange } from '@/server/containers/address-pool';
import { containerEngine } from '@/server/containers/container-engine';
import { env } from '@/server/env';
import { failed, inOrder, warning } from '@/server/system/check';

/** Room for so many workspaces' networks is what Anyon is made for. */
const WANTED_NETWORKS = 200;
const ADDRESSES_PER_NETWORK = 16;
/** Fewer free than this is worth a word in time. */
const FEW = 20;
/** What Docker Engine takes addresses from unless told otherwise (libnetwork/ipamutils, 20.10 to 28). */
const BUILT_IN = ['172.17.0.0/16', '172.18.0.0/16', '172.19.0.0/16', '172.20.0.0/14', '172.24.0.0/14', '172.28.0.0/14', '192.168.0.0/16'];
const FIX = 'Set ANYON_ADDRESS_POOL to a larger private range that nothing else here uses, such as 10.213.0.0/16';

export async function checkAddresses(signal: AbortSignal): Promise<SystemCheck[]> {
  const engine = containerEngine();
  const [networks, info] = await Promise.all([engine.listNetworks({}, signal), engine.info(signal)]);
  const pool = env().ANYON_ADDRESS_POOL;
  const subnets = networks.flatMap(({ subnet }) => subnet ?? []);
  return [judgeAddresses(pool, subnets), judgePools(pool, { engine: info.addressPools, networks: subnets, machine: addressesOfMachine() })];
}

/** How many networks the pool still has room for, beside those that the engine has. */
export function judgeAddresses(pool: string, subnets: readonly string[]): SystemCheck {
  const range = parseRange(pool);
  const fix = `${FIX}, or delete workspaces that nobody needs.`;
  if (!range) return failed('Network addresses', `${pool} is not an IPv4 range.`, fix);
  const slots = Math.floor((range.last - range.first + 1) / ADDRESSES_PER_NETWORK);
  const taken = new Set<number>();
  for (const one of subnets.flatMap((subnet) => parseRange(subnet) ?? [])) {
    const first = Math.max(0, Math.floor((one.first - range.first) / ADDRESSES_PER_NETWORK));
    const last = Math.min(slots - 1, Math.floor((one.last - range.first) / ADDRESSES_PER_NETWORK));
    for (let slot = first; slot <= last; slot += 1) taken.add(slot);
  }
  const free = slots - taken.size;
  const detail = `${free} of ${slots} networks are free in ${pool}.`;
  if (free === 0) return failed('Network addresses', detail, fix);
  return free < FEW || slots < WANTED_NETWORKS ? warning('Network addresses', detail, fix) : inOrder('Network addresses', detail);
}

interface OtherUses {
  /** Ranges of the engine's own choice; empty: those it was built with. */
  engine: readonly string[];
  /** Of the networks that the engine has. */
  networks: readonly string[];
  /** Of the machine's interfaces, as `eth0 10.0.0.5/24`. */
  machine: readonly string[];
}

/** Whether somebody else takes addresses out of the pool: the engine for networks of its own, or the network that this machine is in. */
export function judgePools(pool: string, { engine, networks, machine }: OtherUses): SystemCheck {
  const name = 'Address pools';
  const ours = parseRange(pool);
  const bridges = networks.flatMap((subnet) => parseRange(subnet) ?? []);
  const outside = machine.find((text) => {
    const range = parseRange(text.split(' ')[1] ?? '');
    return overlap(ours, range) && !bridges.some((bridge) => overlap(bridge, range));
  });
  if (outside) return failed(name, `This machine itself has an address out of ANYON_ADDRESS_POOL (${pool}): ${outside}. Networks of workspaces would cut off what is there.`, `${FIX}.`);
  const shared = (engine.length > 0 ? engine : BUILT_IN).find((text) => overlap(ours, parseRange(text)));
  if (shared) return warning(name, `Docker takes addresses for other networks out of ${shared}, which shares some with ANYON_ADDRESS_POOL (${pool}): each can leave the other without any.`, `${FIX}, or change "default-address-pools" in /etc/docker/daemon.json.`);
  return inOrder(name, `Nobody else takes addresses out of ${pool}.`);
}

function overlap(one: AddressRange | null, other: AddressRange | null): boolean {
  return one !== null && other !== null && one.first <= other.last && other.first <= one.last;
}

function addressesOfMachine(): string[] {
  return Object.entries(os.networkInterfaces()).flatMap(([name, addresses]) => (addresses ?? []).flatMap(({ cidr, family }) => (family === 'IPv4' && cidr ? [`${name} ${cidr}`] : [])));
}
