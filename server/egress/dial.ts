import net from 'node:net';
import { addressKind } from '@/server/egress/address-kinds';
import type { Destination } from '@/server/egress/destination';
import type { LookupHost } from '@/server/egress/lookup-host';
import { AnyonError, describeError } from '@/server/errors';

const CONNECT_MS = 10_000;
const MOST_ADDRESSES = 4;

export interface Dialling {
  destination: Destination;
  mayBePrivate: boolean;
  lookup: LookupHost;
  /** Ends the attempt when the asking side has gone. */
  signal: AbortSignal;
}

/**
 * Looks the name up, judges its addresses and connects to one that may be reached: to the very address that was judged, so that
 * a second answer of the name server changes nothing. Throws `forbidden` when none may be reached, `unavailable` or `not_found` when none answers.
 */
export async function dial({ destination, mayBePrivate, lookup, signal }: Dialling): Promise<net.Socket> {
  const { host, port } = destination;
  const addresses = await lookup(host);
  signal.throwIfAborted();
  const reachable = addresses.filter((address) => isReachable(address, mayBePrivate)).slice(0, MOST_ADDRESSES);
  if (reachable.length === 0) throw refusal(destination, addresses);
  let failure: unknown;
  for (const address of reachable) {
    try {
      return await connect(address, port, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw new AnyonError('unavailable', `${host} cannot be reached at port ${port}: ${describeError(failure)}.`, { cause: failure });
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

function connect(address: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port, allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    const gone = () => fail(signal.reason);
    function fail(error: unknown): void {
      settle();
      socket.on('error', () => {}); // what it still says has no listener
      socket.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    }
    function settle(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
      socket.removeAllListeners('error').removeAllListeners('connect');
    }
    signal.addEventListener('abort', gone, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}
