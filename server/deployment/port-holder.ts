import { readdir, readFile, readlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

export interface PortHolder {
  pid: number;
  program: string;
}

/** True when this machine can listen there. */
export function portIsFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Which processes listen on a port of this machine, as scripts/setup/port-holder.mjs finds them. Empty when it cannot be told: another user's process is not ours to look into. */
export async function portHolders(port: number): Promise<PortHolder[]> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const holders = await Promise.all(pids.map(async (pid) => ((await holdsOne(pid, inodes)) ? [{ pid: Number(pid), program: await programOf(pid) }] : [])));
  return holders.flat();
}

/** From the kernel's tables: the state 0A is "listens", the tenth field the number of the socket. */
async function listeningInodes(port: number): Promise<Set<string>> {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((table) => readFile(table, 'utf8').catch(() => '')));
  const fields = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
  return new Set(fields.flatMap(([, local, , state, , , , , , inode]) => (state === '0A' && inode !== undefined && local?.endsWith(ending) ? [inode] : [])));
}

async function holdsOne(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []); // ended meanwhile, or another user's
  const targets = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
  return targets.some((target) => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? ''));
}

/** Not its `comm`: that is the name of a thread, and Node calls its own "MainThread". */
async function programOf(pid: string): Promise<string> {
  const file = await readlink(`/proc/${pid}/exe`).catch(() => 'another program'); // ended meanwhile
  return path.basename(file.replace(/ \(deleted\)$/, ''));
}
