import dgram from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';

export interface Sink {
  port: number;
  /** Connections and datagrams that have come from `address`. */
  hits(address: string): number;
  close(): void;
}

/** One TCP and one UDP port, the same number, on all addresses of this machine, that count who comes. `::` takes IPv4 as well. */
export async function openSink(): Promise<Sink> {
  const counts = new Map<string, number>();
  const count = (address: string) => {
    const plain = address.replace(/^::ffff:/, '');
    counts.set(plain, (counts.get(plain) ?? 0) + 1);
  };
  const server = net.createServer((socket) => {
    count(socket.remoteAddress ?? '');
    socket.on('error', () => {});
    socket.end('here\n');
  });
  server.listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const udp = dgram.createSocket({ type: 'udp6', ipv6Only: false });
  udp.on('message', (message, { address, port: source }) => {
    count(address);
    udp.send(message, source, address);
  });
  udp.bind(port, '::');
  await once(udp, 'listening');
  return {
    port,
    hits: (address) => counts.get(address) ?? 0,
    close: () => {
      server.close();
      udp.close();
    },
  };
}

/** IPv4 and IPv6 addresses of every interface, also of bridges that are down at this moment. */
export function machineAddresses(): string[] {
  const listed = Object.values(os.networkInterfaces()).flatMap((list) => (list ?? []).map(({ address, scopeid }) => (scopeid ? '' : address)));
  // Node leaves out interfaces without a carrier; the kernel's table of local addresses has them.
  const local = [...readFileSync('/proc/net/fib_trie', 'utf8').matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address ?? '');
  return [...new Set([...listed, ...local])].filter((address) => address !== '' && !address.startsWith('127.') && address !== '::1');
}

/** TCP ports on which something listens on all addresses of this machine or on one that is not its loopback. */
export function listeningPorts(): number[] {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  const ports = lines.map((line) => line.trim().split(/\s+/)).filter(([, local = '', , state]) => state === '0A' && !/^(0100007F|00000000000000000000000001000000):/.test(local));
  return [...new Set(ports.map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16)))];
}

export interface ProbeResult {
  /** Those that were reached, of those that were tried, as `tcp 10.0.0.1 80`. */
  reached: string[];
  tried: number;
  /** The slowest try. */
  slowestMs: number;
}

/** Runs inside a container, by Node: tries every `tcp|udp address port` of its argument, 200 at a time, one second each, and prints a ProbeResult. */
export const PROBE = `
import net from 'node:net';
import dgram from 'node:dgram';
const targets = process.argv.slice(-1)[0].split(',').filter(Boolean);
const tcp = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port: Number(port) });
  const end = (reached) => { socket.destroy(); resolve(reached); };
  socket.setTimeout(1000, () => end(false)).on('connect', () => end(true)).on('error', () => end(false));
});
const udp = (host, port) => new Promise((resolve) => {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const end = (reached) => { if (ended) return; ended = true; clearTimeout(timer); socket.close(); resolve(reached); };
  let ended = false;
  const timer = setTimeout(() => end(false), 1000);
  socket.on('message', () => end(true)).on('error', () => end(false));
  socket.connect(Number(port), host, (error) => { if (error || ended) return; socket.send('probe'); setTimeout(() => { if (!ended) socket.send('probe'); }, 200); });
});
const reached = [];
let slowestMs = 0;
for (let at = 0; at < targets.length; at += 200) {
  await Promise.all(targets.slice(at, at + 200).map(async (target) => {
    const [kind, host, port] = target.split(' ');
    const started = performance.now();
    if (await (kind === 'tcp' ? tcp : udp)(host, port)) reached.push(target);
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - started));
  }));
}
process.stdout.write(JSON.stringify({ reached, tried: targets.length, slowestMs }));
`;
