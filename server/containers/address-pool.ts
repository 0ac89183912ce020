import { createHash } from 'node:crypto';

/** Prefix of a workspace's network: 14 usable addresses, of which the host and one container need two. */
const SUBNET_PREFIX = 28;
const SUBNET_SIZE = 2 ** (32 - SUBNET_PREFIX);

/** An IPv4 range as numbers: addresses from `first` to `last`, both included. */
export interface AddressRange {
  first: number;
  last: number;
}

/** `10.213.0.0/16` as numbers; null for what is not an IPv4 range (an IPv6 one, an empty text). */
export function parseRange(text: string): AddressRange | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return null;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

/**
 * A /28 of `pool` that overlaps none of the `taken` ranges; null when there is none. The search begins at a place that
 * `seed` decides, so that two who look at the same moment (two workers, two installs on one engine) seldom choose the same.
 */
export function freeSubnet(pool: string, taken: readonly string[], seed: string): string | null {
  const range = parseRange(pool);
  if (!range) return null;
  const used = taken.map(parseRange).filter((one) => one !== null);
  const slots = Math.floor((range.last - range.first + 1) / SUBNET_SIZE);
  const start = createHash('sha256').update(seed).digest().readUInt32BE(0) % slots;
  for (let step = 0; step < slots; step += 1) {
    const first = range.first + ((start + step) % slots) * SUBNET_SIZE;
    if (used.every((one) => one.last < first || one.first > first + SUBNET_SIZE - 1)) return `${addressText(first)}/${SUBNET_PREFIX}`;
  }
  return null;
}

/** The first address of a subnet after its own, which is the host's: `10.213.4.16/28` → `10.213.4.17`; null for what is not an IPv4 range. */
export function firstAddress(subnet: string): string | null {
  const range = parseRange(subnet);
  return range === null || range.first === range.last ? null : addressText(range.first + 1);
}

function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
