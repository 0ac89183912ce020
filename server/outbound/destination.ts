import net from 'node:net';

/** Where a program wants to connect: a name in lower case, or an IP address, and a port. */
export interface Destination {
  host: string;
  port: number;
}

/**
 * `host:port` as it stands in a request; null for what is none. Takes no user names, no spaces, no other spellings of an
 * address (`0x7f.1`, `2130706433`, `0177.0.0.1`): a program that means 127.0.0.1 has to say so.
 */
export function parseDestination(authority: string, defaultPort?: number): Destination | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(authority);
  if (!match) return null;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port === undefined || port < 1 || port > 65_535) return null;
  const host = match[1] === undefined ? parseHost(match[2] ?? '') : net.isIPv6(match[1]) ? match[1].toLowerCase() : null;
  return host === null ? null : { host, port };
}

/** The server of a repository's address, e.g. github.com:443; null for what is no http address. */
export function destinationOfUrl(address: string): Destination | null {
  const url = URL.parse(address);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  return parseDestination(url.host, url.protocol === 'https:' ? 443 : 80);
}

export function isSameDestination(one: Destination, other: Destination): boolean {
  return one.host === other.host && one.port === other.port;
}

function parseHost(text: string): string | null {
  const host = text.toLowerCase().replace(/\.$/, '');
  if (host === '' || host.length > 253) return null;
  // What ends in a number is an address or nothing: the C library would read the rest as one too.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host)) return net.isIPv4(host) ? host : null;
  return host.split('.').every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)) ? host : null;
}
