import net from 'node:net';
import os from 'node:os';

/** Never reachable for a workspace, whoever asks for it: this machine's loopback, link-local and cloud metadata, what is no host at all. */
export const forbiddenRanges: readonly string[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32', // metadata at Alibaba Cloud
  '168.63.129.16/32', // Azure's own services on every machine
  '192.0.0.192/32', // metadata at Oracle Cloud
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Reachable only where an admin has allowed a destination by name and port. */
export const privateRanges: readonly string[] = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'];

/** The rest of ::/96 and the translated ranges hold IPv4 addresses in other clothes; nobody needs to reach one by them. */
const forbiddenRanges6: readonly string[] = ['::/96', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128', '64:ff9b::/96', '64:ff9b:1::/48', '2001::/32', '2002::/16', '100::/64'];
const privateRanges6: readonly string[] = ['fc00::/7', 'fec0::/10'];

const forbidden = blockList(forbiddenRanges, forbiddenRanges6);
const privates = blockList(privateRanges, privateRanges6);

export type AddressKind = 'public' | 'private' | 'forbidden';

/**
 * What kind of address this is, given as the resolver wrote it (never as a person typed it: `0x7f.1` is no address here but a
 * name). Addresses of this machine itself count as private, for connecting to one from here meets no firewall.
 */
export function addressKind(address: string, ownAddresses: ReadonlySet<string> = readOwnAddresses()): AddressKind {
  const plain = withoutMapping(address);
  const family = net.isIP(plain);
  if (family === 0) return 'forbidden';
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (forbidden.check(plain, type)) return 'forbidden';
  if (privates.check(plain, type) || ownAddresses.has(plain)) return 'private';
  return 'public';
}

/** Addresses of this machine's interfaces at this moment. */
function readOwnAddresses(): Set<string> {
  return new Set(Object.values(os.networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
}

/** `::ffff:10.0.0.1`, in whatever spelling, is 10.0.0.1; scopes (`%eth0`) make an address link-local. */
function withoutMapping(address: string): string {
  if (net.isIPv4(address) || !net.isIPv6(address)) return address;
  const plain = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(plain);
  if (!mapped) return plain;
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function blockList(ranges4: readonly string[], ranges6: readonly string[]): net.BlockList {
  const list = new net.BlockList();
  for (const [ranges, type] of [[ranges4, 'ipv4'] as const, [ranges6, 'ipv6'] as const]) {
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/');
      list.addSubnet(address, Number(prefix), type);
    }
  }
  return list;
}
