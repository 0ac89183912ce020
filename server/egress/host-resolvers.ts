import fs from 'node:fs';
import net from 'node:net';

/** The second is where systemd-resolved writes the servers behind its own 127.0.0.53; Docker hands those to containers. */
const FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

/** IPv4 name servers of this host that are asked over the network; not those on its loopback, which Docker asks by itself. Sorted. */
export function hostResolvers(files: readonly string[] = FILES): string[] {
  const found = files.flatMap(readServers).filter((address) => net.isIPv4(address) && !address.startsWith('127.'));
  return [...new Set(found)].sort();
}

function readServers(file: string): string[] {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
}
