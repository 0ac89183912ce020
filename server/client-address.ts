import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

/** Put on every request by this process; whatever a client sends under this name is overwritten. */
const PEER_HEADER = 'x-anyon-peer';
/** Likewise: `false` when the request came as it was sent. Next gives every request an X-Forwarded-For, so later that is not to be seen. */
const PASSED_ON_HEADER = 'x-anyon-passed-on';

/**
 * Makes every HTTP server of this process note on each request which address it came from, and whether a proxy says that it passed it
 * on: route handlers see headers only, and Next keeps an X-Forwarded-For that the client itself sent.
 */
export function notePeerAddresses(): void {
  processState('peer-addresses', () => {
    subscribe('http.server.request.start', (message) => {
      const { request } = message as { request: IncomingMessage };
      const { headers, socket } = request;
      headers[PEER_HEADER] = plain(socket.remoteAddress ?? 'unknown');
      headers[PASSED_ON_HEADER] = String(headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined);
    });
    return true;
  });
}

/**
 * The address a request came from. X-Forwarded-For is believed only when the request came from a proxy that ANYON_TRUSTED_PROXY
 * names, and then from the right: the last address that is no such proxy. What stands further left anybody can have written.
 */
export function clientAddress(headers: Headers): string {
  const peer = headers.get(PEER_HEADER) ?? 'unknown';
  const proxies = trustedProxies(env().ANYON_TRUSTED_PROXY);
  if (!isIn(proxies, peer)) return peer;
  const hops = (headers.get('x-forwarded-for') ?? '').split(',').map((hop) => plain(hop.trim())).filter(Boolean);
  const stranger = hops.findLast((hop) => !isIn(proxies, hop));
  return stranger && net.isIP(stranger) ? stranger : peer;
}

/** False only for a request that no proxy says it has passed on. */
export function isPassedOn(headers: Headers): boolean {
  return headers.get(PASSED_ON_HEADER) !== 'false';
}

/** Addresses and ranges such as 10.0.0.0/8, separated by commas. Throws `invalid` for anything else. */
export function trustedProxies(text: string): net.BlockList {
  const list = new net.BlockList();
  for (const entry of text.split(',').map((part) => part.trim()).filter(Boolean)) {
    const [address = '', bits] = entry.split('/');
    const family = net.isIP(address);
    const length = Number(bits ?? (family === 6 ? 128 : 32));
    if (family === 0 || !Number.isInteger(length) || length < 0 || length > (family === 6 ? 128 : 32)) throw new AnyonError('invalid', `ANYON_TRUSTED_PROXY: "${entry}" is no address and no range such as 10.0.0.0/8.`);
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function isIn(list: net.BlockList, address: string): boolean {
  const family = net.isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** An IPv4 address that came over an IPv6 socket, as itself. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
