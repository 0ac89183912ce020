import type net from 'node:net';
import { AnyonError } from '@/server/errors';
import { addressKind } from '@/server/outbound/address-kinds';
import type { Destination } from '@/server/outbound/destination';
import { connectJudged } from '@/server/outbound/judged-connect';
import type { LookupHost } from '@/server/outbound/lookup-host';

export interface Dialling {
  destination: Destination;
  mayBePrivate: boolean;
  lookup: LookupHost;
  /** Ends the attempt when the asking side has gone. */
  signal: AbortSignal;
}

/** Connects to an address of the destination that a workspace may reach. Throws `forbidden` when there is none, `unavailable` or `not_found` when none answers. */
export async function dial({ destination, mayBePrivate, lookup, signal }: Dialling): Promise<net.Socket> {
  const mayReach = (address: string) => isReachable(address, mayBePrivate);
  return connectJudged({ destination, mayReach, refusal: (addresses) => refusal(destination, addresses), lookup, signal, allowHalfOpen: true });
}

function isReachable(address: string, mayBePrivate: boolean): boolean {
  const kind = addressKind(address);
  return kind === 'public' || (kind === 'private' && mayBePrivate);
}

function refusal({ host, port }: Destination, addresses: readonly string[]): AnyonError {
  const hasPrivate = addresses.some((address) => addressKind(address) === 'private');
  if (hasPrivate) return new AnyonError('forbidden', `The address of ${host} is one of this machine or of a private network. An administrator can open ${host}, port ${port}, to workspaces on the System page.`);
  return new AnyonError('forbidden', `The address of ${host} is one that no workspace may ever reach: loopback, link-local, cloud metadata or multicast.`);
}
