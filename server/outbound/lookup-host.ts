import dns from 'node:dns';
import fs from 'node:fs';
import net from 'node:net';
import { AnyonError } from '@/server/errors';

const HOSTS_FILE = '/etc/hosts';
const TRY_MS = 3_000;
const TRIES = 2;

/** Finds the addresses of a name, IPv4 first. Rejects with `not_found` or `unavailable`, each with a sentence. */
export type LookupHost = (host: string) => Promise<string[]>;

/**
 * Lookups by this host's file of names, then by its name servers. Not by the C library: that would keep one thread busy for
 * each slow answer, and a workspace could take them all. `servers` (address:port) are for tests.
 */
export function createLookup(servers?: readonly string[]): LookupHost {
  return async (host) => {
    if (net.isIP(host) !== 0) return [host];
    const listed = readHostsFile(host);
    if (listed.length > 0) return listed;
    // Made anew each time, so that a changed /etc/resolv.conf counts at once.
    const resolver = new dns.promises.Resolver({ timeout: TRY_MS, tries: TRIES });
    if (servers) resolver.setServers(servers);
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    throw lookupFailure(host, [four, six].flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as NodeJS.ErrnoException] : [])));
  };
}

function lookupFailure(host: string, reasons: readonly NodeJS.ErrnoException[]): AnyonError {
  const isAbsent = reasons.every(({ code }) => code === 'ENOTFOUND' || code === 'ENODATA');
  if (isAbsent) return new AnyonError('not_found', `The name ${host} does not exist. Check its spelling.`, { cause: reasons[0] });
  return new AnyonError('unavailable', `The name ${host} cannot be looked up now (${reasons[0]?.code ?? 'no answer'}). Check the name servers of the VM.`, { cause: reasons[0] });
}

function readHostsFile(host: string): string[] {
  let text: string;
  try {
    text = fs.readFileSync(HOSTS_FILE, 'utf8');
  } catch {
    return []; // a machine without the file has no names in it
  }
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    return net.isIP(address) !== 0 && names.some((name) => name.toLowerCase() === host) ? [address] : [];
  });
}
