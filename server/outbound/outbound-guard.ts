import net from 'node:net';
import { and, eq } from 'drizzle-orm';
import { privateDestinations } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { addressKind } from '@/server/outbound/address-kinds';
import { isSameDestination, parseDestination, type Destination } from '@/server/outbound/destination';
import { privateDestinationsOfEnvironment } from '@/server/outbound/environment-destinations';
import { connectJudged } from '@/server/outbound/judged-connect';
import { createLookup, type LookupHost } from '@/server/outbound/lookup-host';

/** What a guard asks; the product's own are `productGuard`. */
export interface OutboundGuard {
  lookup: LookupHost;
  /** Whether an admin or the operator has opened this host and port although its address is private. */
  isOpened: (destination: Destination) => Promise<boolean>;
}

export interface GuardedConnecting {
  destination: Destination;
  signal: AbortSignal;
  /** Only for a mail relay on this machine itself: see `guardedConnect`. */
  mayBeLoopback?: boolean;
}

export const productGuard: OutboundGuard = { lookup: createLookup(), isOpened: isOpenedDestination };

/**
 * Opens a connection to a place that a user has named, to the very address that was judged. Private addresses only where they were
 * opened for this host and port; loopback, link-local and metadata never, but for loopback where the caller has a reason
 * (`mayBeLoopback`). Throws `invalid` for an address that may not be called, `unavailable` or `not_found` when nobody is there.
 */
export async function guardedConnect({ destination, signal, mayBeLoopback = false }: GuardedConnecting, guard: OutboundGuard = productGuard): Promise<net.Socket> {
  const opened = await guard.isOpened(destination);
  const mayReach = (address: string) => isReachable(address, opened) || (mayBeLoopback && isLoopback(address));
  return connectJudged({ destination, mayReach, refusal: (addresses) => refusal(destination, addresses), lookup: guard.lookup, signal });
}

/** The host and port of a field; throws `invalid` for what could be neither name nor address. */
export function readDestination(host: string, port: number): Destination {
  const destination = parseDestination(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  if (!destination) throw new AnyonError('invalid', `"${host}" is neither a host name nor an IP address.`);
  return destination;
}

function isReachable(address: string, opened: boolean): boolean {
  const kind = addressKind(address);
  return kind === 'public' || (kind === 'private' && opened);
}

function isLoopback(address: string): boolean {
  return address === '::1' || (net.isIPv4(address) && address.startsWith('127.'));
}

function refusal({ host, port }: Destination, addresses: readonly string[]): AnyonError {
  if (addresses.some((address) => addressKind(address) === 'private')) {
    return new AnyonError('invalid', `The address of ${host} is one of this machine or of a private network. An administrator can open ${host}, port ${port}, under "Private destinations" on the System page.`);
  }
  return new AnyonError('invalid', `${host} has an address that Anyon never calls: loopback, link-local, cloud metadata or multicast.`);
}

async function isOpenedDestination(destination: Destination): Promise<boolean> {
  if (privateDestinationsOfEnvironment().some((one) => isSameDestination(one, destination))) return true;
  const { host, port } = destination;
  const rows = await database().select({ id: privateDestinations.id }).from(privateDestinations).where(and(eq(privateDestinations.host, host), eq(privateDestinations.port, port)));
  return rows.length > 0;
}
