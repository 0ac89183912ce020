import net from 'node:net';
import type { Destination } from '@/server/outbound/destination';
import type { LookupHost } from '@/server/outbound/lookup-host';
import { AnyonError, describeError } from '@/server/errors';

const CONNECT_MS = 10_000;
const MOST_ADDRESSES = 4;

export interface JudgedConnecting {
  destination: Destination;
  /** Whether this address of the destination may be connected to. */
  mayReach: (address: string) => boolean;
  /** What is said when none of the addresses may. */
  refusal: (addresses: readonly string[]) => AnyonError;
  lookup: LookupHost;
  /** Ends the attempt when the asking side has gone. */
  signal: AbortSignal;
  /** Leaves the sending side open when the other end has said its last word. */
  allowHalfOpen?: boolean;
}

/**
 * Looks the name up, judges its addresses and connects to one that may be reached: to the very address that was judged, so that
 * a second answer of the name server changes nothing. Throws `refusal` when none may be reached, `unavailable` or `not_found` when none answers.
 */
export async function connectJudged({ destination, mayReach, refusal, lookup, signal, allowHalfOpen = false }: JudgedConnecting): Promise<net.Socket> {
  const { host, port } = destination;
  const addresses = await lookup(host);
  signal.throwIfAborted();
  const reachable = addresses.filter(mayReach).slice(0, MOST_ADDRESSES);
  if (reachable.length === 0) throw refusal(addresses);
  let failure: unknown;
  for (const address of reachable) {
    try {
      return await connect({ address, port, allowHalfOpen }, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw new AnyonError('unavailable', `${host} cannot be reached at port ${port}: ${describeError(failure)}.`, { cause: failure });
}

function connect({ address, port, allowHalfOpen }: { address: string; port: number; allowHalfOpen: boolean }, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: address, port, allowHalfOpen, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
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
