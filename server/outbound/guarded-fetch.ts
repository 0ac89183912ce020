import type net from 'node:net';
import tls from 'node:tls';
import { callbackify } from 'node:util';
import { Agent, request, type buildConnector, type Dispatcher } from 'undici';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { parseDestination, type Destination } from '@/server/outbound/destination';
import { guardedConnect, productGuard, type OutboundGuard } from '@/server/outbound/outbound-guard';

export interface GuardedRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** From looking the name up to the last byte of the answer. */
  timeoutMs?: number;
  /** An answer that is longer is refused. */
  maxBytes?: number;
}

export interface GuardedAnswer {
  status: number;
  headers: Headers;
  text: string;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/**
 * `fetch` for addresses that a user has set: only http and https, no redirect is followed, and the resolved address is checked at
 * connect time (private, loopback, link-local and metadata ranges are refused unless an admin has opened host and port as a private
 * destination). Throws `invalid` for an address that may not be called and `unavailable` when nobody answers within `timeoutMs`.
 */
export async function guardedFetch(url: string, init: GuardedRequest = {}, guard: OutboundGuard = productGuard): Promise<GuardedAnswer> {
  const { address, destination } = readUrl(url);
  const signal = AbortSignal.timeout(init.timeoutMs ?? TIMEOUT_MS);
  const agent = new Agent({ connect: connector({ destination, isTls: address.protocol === 'https:', signal }, guard), connections: 1, pipelining: 1, keepAliveTimeout: 1, maxHeaderSize: 32 * 1024 });
  try {
    const { method = 'GET', headers = {}, body } = init;
    const answer = await request(address, { dispatcher: agent, method: method as Dispatcher.HttpMethod, headers, signal, ...(body !== undefined && { body }) });
    return { status: answer.statusCode, headers: readHeaders(answer.headers), text: await readText(answer.body, destination, init.maxBytes ?? MAX_BYTES) };
  } catch (error) {
    if (isAnyonError(error)) throw asUnavailable(error);
    const why = signal.aborted ? `no answer within ${(init.timeoutMs ?? TIMEOUT_MS) / 1000} s` : describeError(error);
    throw new AnyonError('unavailable', `${destination.host} cannot be reached at port ${destination.port}: ${why}.`, { cause: error });
  } finally {
    await agent.destroy();
  }
}

function readUrl(text: string): { address: URL; destination: Destination } {
  const address = URL.parse(text);
  if (!address || (address.protocol !== 'http:' && address.protocol !== 'https:')) throw new AnyonError('invalid', 'Only addresses that begin with http:// or https:// can be called.');
  if (address.username || address.password) throw new AnyonError('invalid', 'An address cannot hold a user name or a password.');
  const destination = parseDestination(address.host, address.protocol === 'https:' ? 443 : 80);
  if (!destination) throw new AnyonError('invalid', `"${address.hostname.slice(0, 100)}" is neither a host name nor an IP address.`);
  return { address, destination };
}

/** Whatever the agent asks for, it gets a connection to the judged destination or none: an answer cannot lead it elsewhere. */
function connector({ destination, isTls, signal }: { destination: Destination; isTls: boolean; signal: AbortSignal }, guard: OutboundGuard): buildConnector.connector {
  const open = callbackify(async () => {
    const socket = await guardedConnect({ destination, signal }, guard);
    return isTls ? secure(socket, destination, signal) : socket;
  });
  return (_options, callback) => open((error: Error | null, socket) => (error ? callback(error, null) : callback(null, socket)));
}

function secure(socket: net.Socket, { host }: Destination, signal: AbortSignal): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({ socket, host, ...(!/^[\d.]+$|:/.test(host) && { servername: host }), ALPNProtocols: ['http/1.1'] });
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', gone);
      secured.on('error', () => {}).destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const gone = () => fail(signal.reason);
    signal.addEventListener('abort', gone, { once: true });
    secured.once('error', fail);
    secured.once('secureConnect', () => {
      signal.removeEventListener('abort', gone);
      secured.removeListener('error', fail);
      resolve(secured);
    });
  });
}

async function readText(body: AsyncIterable<Uint8Array>, { host }: Destination, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxBytes) throw new AnyonError('unavailable', `${host} answers with more than ${maxBytes} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function readHeaders(headers: Record<string, string | string[] | undefined>): Headers {
  return new Headers(Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one])));
}

/** A name that leads nowhere is, for whoever asks, a service that does not answer. */
function asUnavailable(error: AnyonError): AnyonError {
  return error.kind === 'not_found' ? new AnyonError('unavailable', error.message, { cause: error }) : error;
}
