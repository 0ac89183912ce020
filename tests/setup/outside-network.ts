import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { FirewallState } from '@/server/egress/firewall';
import { removeNamespace } from '@/tests/setup/namespace';
import { ownName } from '@/tests/setup/owned-names';

const run = promisify(execFile);

/**
 * A network namespace that stands for the rest of the world, joined to another one by a pair of interfaces, with addresses that
 * packets are routed to. Needs root.
 */
export interface OutsideNetwork {
  /** Put in front of a command, it runs out there. */
  prefix: readonly string[];
  /** The near end of the pair, and the far one. */
  nearAddress: string;
  farAddress: string;
  close(): Promise<void>;
}

/** `near` is what is put in front of commands there; empty for this host's own namespace. `link` is a /24 like `203.0.113`. */
export async function openOutsideNetwork(near: readonly string[], link: string, addresses: readonly string[]): Promise<OutsideNetwork> {
  const name = await ownName('anyon-out-');
  const id = name.slice(-8);
  const [nearEnd, farEnd] = [`anyo${id}n`, `anyo${id}f`];
  const [nearAddress, farAddress] = [`${link}.1`, `${link}.2`];
  const ip = async (...args: string[]) => run('ip', ['-n', name, ...args]);
  const there = async (...args: string[]) => command(near, 'ip', ...args);
  const close = () => removeNamespace(name); // the pair goes with it
  await run('ip', ['netns', 'add', name]);
  try {
    await there('link', 'add', nearEnd, 'type', 'veth', 'peer', 'name', farEnd, 'netns', name);
    await there('address', 'add', `${nearAddress}/24`, 'dev', nearEnd);
    await there('link', 'set', nearEnd, 'up');
    await ip('link', 'set', 'lo', 'up');
    await ip('address', 'add', `${farAddress}/24`, 'dev', farEnd);
    await ip('link', 'set', farEnd, 'up');
    await ip('route', 'add', 'default', 'via', nearAddress);
    for (const address of addresses) {
      await ip('address', 'add', `${address}/32`, 'dev', 'lo');
      await there('route', 'add', `${address}/32`, 'via', farAddress);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { prefix: ['nsenter', `--net=/run/netns/${name}`], nearAddress, farAddress, close };
}

/** Runs a program behind a prefix to its end and returns what it printed. */
export async function command(prefix: readonly string[], ...argv: string[]): Promise<string> {
  const [program = '', ...args] = [...prefix, ...argv];
  return (await run(program, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** Starts a script of Node's behind a prefix; resolves when it has printed `ready`. */
export async function startScript(prefix: readonly string[], script: string, ...args: string[]): Promise<ChildProcess> {
  const [program = '', ...rest] = [...prefix, process.execPath, '--input-type=module', '-e', script, '--', ...args];
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('The script ended at once.')))]);
  return child;
}

/**
 * Answers what comes to these ports (first argument), by TCP and UDP, on all addresses. A datagram's answer has to come from the
 * address that was asked, so each has a socket of its own; the second argument names addresses of interfaces that are down.
 */
export const ANSWER_ALL = `
import net from 'node:net';
import dgram from 'node:dgram';
import os from 'node:os';
const [ports, further] = process.argv.slice(-2).map((list) => list.split(',').filter(Boolean));
const bound = new Set();
const bindNew = () => Promise.all([...Object.values(os.networkInterfaces()).flat().filter(({ family }) => family === 'IPv4').map(({ address }) => address), ...further].flatMap((address) => ports.map((port) => {
  if (bound.has(address + port)) return;
  bound.add(address + port);
  const udp = dgram.createSocket('udp4');
  udp.on('error', () => bound.delete(address + port)).on('message', (message, from) => udp.send(message, from.port, from.address));
  return new Promise((resolve) => udp.bind(Number(port), address, resolve));
})));
for (const port of ports) await new Promise((resolve) => net.createServer((socket) => socket.on('error', () => {}).end('here')).listen(Number(port), '0.0.0.0', resolve));
await bindNew();
setInterval(bindNew, 200);
console.log('ready');
`;

export interface NamespaceFirewall {
  ensure(): Promise<FirewallState>;
  check(): Promise<FirewallState>;
  remove(): Promise<FirewallState>;
  close(): void;
}

/** The product's own firewall code, run by another process: in another network namespace, or as somebody else. `proxy` is the address that workspaces find the egress proxy at. */
export async function openNamespaceFirewall(prefix: readonly string[], settings: { instance: string; proxy: string }): Promise<NamespaceFirewall> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-firewall-'));
  chmodSync(folder, 0o755); // also for who is not root
  const bundle = path.join(folder, 'firewall.mjs');
  const banner = { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" };
  await build({ entryPoints: [path.resolve('tests/setup/firewall-command.ts')], outfile: bundle, bundle: true, platform: 'node', format: 'esm', tsconfig: path.resolve('tsconfig.json'), banner, logLevel: 'error', define: { ANYON_WITHOUT_FAILPOINTS: 'true' } });
  const environment = [`ANYON_INSTANCE=${settings.instance}`, `ANYON_EGRESS_URL=http://${settings.proxy}`, 'NODE_ENV=test', 'ANYON_LOG_LEVEL=silent'];
  const ask = async (what: string) => JSON.parse(await command(prefix, 'env', ...environment, process.execPath, bundle, what)) as FirewallState;
  return { ensure: () => ask('ensure'), check: () => ask('check'), remove: () => ask('remove'), close: () => rmSync(folder, { recursive: true, force: true }) };
}
