import { readFileSync } from 'node:fs';
import { parseRange } from '@/server/containers/address-pool';

/** An IPv4 range that this host reaches without a gateway, and the interface it reaches it by. */
export interface DirectRoute {
  range: string;
  device: string;
}

/**
 * The direct IPv4 routes of this host, those of interfaces without a link included: `os.networkInterfaces()` leaves these out,
 * and a bridge that Docker has forgotten to remove is one. What is answered to a network of the same range goes into such a
 * bridge and is lost. Without /proc there are none.
 */
export function directRoutes(): DirectRoute[] {
  try {
    return parseRoutes(readFileSync('/proc/net/route', 'ascii'));
  } catch {
    return [];
  }
}

/** The direct routes in the kernel's table (`/proc/net/route`, numbers in the byte order of x86 and arm: the last byte of an address first). */
export function parseRoutes(table: string): DirectRoute[] {
  return table.split('\n').slice(1).flatMap((line): DirectRoute[] => {
    const [device = '', destination = '', gateway = '', , , , , mask = ''] = line.trim().split(/\s+/);
    if (gateway !== '00000000' || mask === '00000000' || !/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask)) return [];
    const prefix = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
    const address = [6, 4, 2, 0].map((place) => Number.parseInt(destination.slice(place, place + 2), 16)).join('.');
    return [{ range: `${address}/${prefix}`, device }];
  });
}

/**
 * Ranges of a pool that a network of `bridge` cannot have, because another interface is reached by them. A route that holds the whole pool
 * (a VPN's) says nothing about single ranges: what is more exact goes before it.
 */
export function routedElsewhere(routes: readonly DirectRoute[], pool: string, bridge: string): string[] {
  const whole = parseRange(pool);
  return routes.filter(({ device }) => device !== bridge).map(({ range }) => range).filter((text) => {
    const range = parseRange(text);
    return range !== null && whole !== null && !(range.first <= whole.first && range.last >= whole.last);
  });
}
