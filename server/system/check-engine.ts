import type { SystemCheck } from '@/contract/system-status';
import { containerEngine } from '@/server/containers/container-engine';
import { parseRange } from '@/server/containers/address-pool';
import { env } from '@/server/env';
import { failed, inOrder, warning } from '@/server/system/check';
import { judgeEngine } from '@/server/system/judge-engine';

/** Room for so many workspaces' networks is what Anyon is made for. */
const WANTED_NETWORKS = 200;
const ADDRESSES_PER_NETWORK = 16;
/** Fewer free than this is worth a word in time. */
const FEW = 20;

export async function checkEngine(signal: AbortSignal): Promise<SystemCheck[]> {
  const engine = containerEngine();
  const [version, info] = await Promise.all([engine.version(signal), engine.info(signal)]);
  return judgeEngine(version, info, { runtime: env().ANYON_CONTAINER_RUNTIME ?? null, now: Date.now() });
}

export async function checkImage(signal: AbortSignal): Promise<SystemCheck[]> {
  const image = env().ANYON_CLOUD_IMAGE;
  await containerEngine().ensureImage(image, { pull: 'never', signal });
  return [inOrder('Runtime image', image)];
}

export async function checkAddresses(signal: AbortSignal): Promise<SystemCheck[]> {
  const networks = await containerEngine().listNetworks({}, signal);
  return [judgeAddresses(env().ANYON_ADDRESS_POOL, networks.flatMap(({ subnet }) => subnet ?? []))];
}

/** How many networks the pool still has room for, beside those that the engine has. */
export function judgeAddresses(pool: string, subnets: readonly string[]): SystemCheck {
  const range = parseRange(pool);
  const fix = 'Set ANYON_ADDRESS_POOL to a larger private range that nothing else here uses, such as 10.213.0.0/16, or delete workspaces that nobody needs.';
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
