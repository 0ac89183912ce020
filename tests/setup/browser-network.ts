import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { openNamespace, type Namespace } from '@/tests/setup/namespace';

const run = promisify(execFile);

/** Where a browser runs, and by which program it is started there. */
export interface BrowserNetwork {
  executablePath: string;
  close(): Promise<void>;
}

/**
 * A network of the browser's own, in which `localhost` is this host's. Chromium drops every connection, to this machine too, when a
 * network device comes or goes, and with each container one does: here none is seen. Needs root; without it the browser
 * shares this host's network.
 */
export async function openBrowserNetwork(executablePath: string): Promise<BrowserNetwork> {
  if (process.getuid?.() !== 0) return { executablePath, close: async () => {} };
  const namespace = await openNamespace();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-browser-'));
  const arrival = ['-i', namespace.device, '-d', namespace.hostAddress, '-p', 'tcp', '-j', 'DNAT', '--to-destination', '127.0.0.1'];
  const close = async () => {
    await iptables([], '-D', 'PREROUTING', ...arrival).catch(() => ''); // was never there, when opening failed
    await namespace.close();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await joinLoopbacks(namespace);
    await run('sysctl', ['-qw', `net.ipv4.conf.${namespace.device}.route_localnet=1`]);
    await iptables([], '-A', 'PREROUTING', ...arrival);
  } catch (error) {
    await close();
    throw error;
  }
  const program = path.join(directory, 'chromium');
  writeFileSync(program, `#!/bin/sh\nexec ${namespace.prefix.join(' ')} ${executablePath} "$@"\n`);
  chmodSync(program, 0o755);
  return { executablePath: program, close };
}

/** What goes to a loopback address in there leaves for this host, and comes from there. */
async function joinLoopbacks({ prefix, hostAddress, namespaceAddress }: Namespace): Promise<void> {
  const [enter = '', ...where] = prefix;
  await run(enter, [...where, 'sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1', 'net.ipv6.conf.all.disable_ipv6=1']); // an address of IPv6 would come a second later
  await run(enter, [...where, 'ip', 'route', 'add', 'default', 'via', hostAddress]);
  await iptables(prefix, '-A', 'OUTPUT', '-d', '127.0.0.0/8', '-p', 'tcp', '-j', 'DNAT', '--to-destination', hostAddress);
  await iptables(prefix, '-A', 'POSTROUTING', '-d', hostAddress, '-j', 'SNAT', '--to-source', namespaceAddress);
}

async function iptables(prefix: readonly string[], ...rule: string[]): Promise<void> {
  const [program = '', ...args] = [...prefix, 'iptables', '--wait', '--table', 'nat', ...rule];
  await run(program, args);
}
