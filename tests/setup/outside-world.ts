import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { command, openOutsideNetwork, startScript, type OutsideNetwork } from '@/tests/setup/outside-network';

/** Addresses out there: a server that may be allowed, one that is never, one with a private address, and the name server. */
export const ALLOWED = '198.51.100.2';
export const OTHER = '198.51.100.3';
export const PRIVATE = '10.88.7.2';
export const NAME_SERVER = '198.51.100.4';

/** What names lead to; `rebind.test` leads to the first one once and to the second one ever after. */
const NAMES: Record<string, string[]> = {
  'allowed.test': [ALLOWED],
  'www.allowed.test': [ALLOWED],
  'other.test': [OTHER],
  'private.test': [PRIVATE],
  'both.test': [PRIVATE, ALLOWED],
  'loopback.test': ['127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'mapped.test': [`::ffff:${PRIVATE}`],
  'machine.test': ['198.51.100.1'],
};

export interface WorldEvent {
  kind: 'query' | 'connection';
  /** The name that was asked for, or `address:port` that was connected to. */
  what: string;
  /** The TLS server name or the HTTP Host header. */
  host?: string;
}

/** Fake name server, TLS and HTTP servers in a network namespace of their own, which count every packet. Needs root. */
export interface OutsideWorld {
  events: WorldEvent[];
  /** IPv4 packets that have come to this address, of whatever kind. */
  packets(address: string): Promise<number>;
  close(): Promise<void>;
}

/** `certificate` names the PEM files `<certificate>.key` and `<certificate>.crt`. */
export async function openOutsideWorld(certificate: string): Promise<OutsideWorld> {
  const network: OutsideNetwork = await openOutsideNetwork([], '198.51.100', [OTHER, NAME_SERVER, PRIVATE]);
  const addresses = [ALLOWED, OTHER, PRIVATE, NAME_SERVER];
  let server: ChildProcess | null = null;
  try {
    for (const address of addresses) await command(network.prefix, 'iptables', '-A', 'INPUT', '-d', address);
    server = await startScript(network.prefix, WORLD, JSON.stringify({ addresses, names: NAMES, certificate, nameServer: NAME_SERVER, rebind: [ALLOWED, PRIVATE] }));
    const events: WorldEvent[] = [];
    if (server.stdout) createInterface(server.stdout).on('line', (line) => void (line.startsWith('{') && events.push(JSON.parse(line) as WorldEvent)));
    const running = server;
    return {
      events,
      packets: async (address) => {
        const lines = (await command(network.prefix, 'iptables', '-nvxL', 'INPUT')).split('\n');
        return Number(lines.find((line) => line.includes(` ${address} `) || line.trimEnd().endsWith(` ${address}`))?.trim().split(/\s+/)[0] ?? Number.NaN);
      },
      close: async () => {
        running.kill('SIGKILL');
        await network.close();
      },
    };
  } catch (error) {
    server?.kill('SIGKILL');
    await network.close();
    throw error;
  }
}

const WORLD = `
import dgram from 'node:dgram';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
const { addresses, names, certificate, nameServer, rebind } = JSON.parse(process.argv.slice(-1)[0]);
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
const listen = (server, port, address) => new Promise((resolve) => server.listen(port, address, resolve));
const options = { key: fs.readFileSync(certificate + '.key'), cert: fs.readFileSync(certificate + '.crt') };
const serve = (kind, address, port) => (request, response) => {
  tell({ kind: 'connection', what: address + ':' + port, host: kind === 'tls' ? request.socket.servername : request.headers.host });
  response.sendDate = false;
  if (request.url === '/redirect') return response.writeHead(302, { location: 'https://other.test/' }).end();
  if (request.url === '/headers') return response.end(JSON.stringify({ rawHeaders: request.rawHeaders, url: request.url }));
  if (request.url === '/endless') {
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    const more = () => { while (response.write(chunk)) sent += chunk.length; sent += chunk.length; fs.writeFileSync(certificate + '.sent', String(sent)); };
    response.on('drain', more).on('error', () => {});
    return more();
  }
  let size = 0;
  request.on('data', (part) => { size += part.length; }).on('end', () => response.end('here, ' + size + ' bytes came'));
};
for (const address of addresses.filter((one) => one !== nameServer)) {
  await listen(http.createServer(serve('http', address, 80)), 80, address);
  const secure = tls.createServer(options);
  const plain = http.createServer(serve('tls', address, 443));
  secure.on('secureConnection', (socket) => plain.emit('connection', socket)).on('tlsClientError', () => {});
  await listen(secure, 443, address);
  for (const port of [22, 53, 2222, 8443]) await listen(net.createServer((socket) => { tell({ kind: 'connection', what: address + ':' + port }); socket.on('error', () => {}); socket.end('here'); }), port, address);
}
let rebinds = 0;
const answersFor = (name, type) => {
  const list = name === 'rebind.test' ? (type === 1 ? [rebind[Math.min(rebinds++, 1)]] : []) : names[name] ?? [];
  return list.filter((address) => net.isIPv6(address) === (type === 28));
};
const bytesOf = (address) => net.isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : Buffer.concat([Buffer.alloc(10), Buffer.from([255, 255]), Buffer.from(address.slice(7).split('.').map(Number))]);
const udp = dgram.createSocket('udp4');
udp.on('message', (query, from) => {
  const labels = [];
  let at = 12;
  for (; query[at] > 0; at += 1 + query[at]) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
  const name = labels.join('.').toLowerCase();
  const type = query.readUInt16BE(at + 1);
  tell({ kind: 'query', what: name });
  const answers = answersFor(name, type);
  const known = name in names || name === 'rebind.test';
  const head = Buffer.from([query[0], query[1], 0x81, known ? 0x80 : 0x83, 0, 1, 0, answers.length, 0, 0, 0, 0]);
  const records = answers.map((address) => { const bytes = bytesOf(address); return Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes]); });
  udp.send(Buffer.concat([head, query.subarray(12, at + 5), ...records]), from.port, from.address);
});
await new Promise((resolve) => udp.bind(53, nameServer, resolve));
console.log('ready');
`;
