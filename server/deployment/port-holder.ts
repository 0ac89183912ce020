import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/**
 * Which processes listen on a port of this machine, as scripts/setup/port-holder.mjs finds them. Empty when it cannot be told: another user's process
 * is not ours to look into. Thousands of tiny questions to the kernel, which take far less time one after the other than as promises.
 */
export function portHolders(port: number): PortHolder[] {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => holdsOne(pid, inodes)).map((pid) => ({ pid: Number(pid), program: programOf(pid) }));
}

/** From the kernel's tables: the state 0A is "listens", the tenth field the number of the socket. */
function listeningInodes(port: number): Set<string> {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((table) => unlessGone(() => readFileSync(table, 'utf8'), ''));
  const fields = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
  return new Set(fields.flatMap(([, local, , state, , , , , , inode]) => (state === '0A' && inode !== undefined && local?.endsWith(ending) ? [inode] : [])));
}

function holdsOne(pid: string, inodes: ReadonlySet<string>): boolean {
  const files = unlessGone(() => readdirSync(`/proc/${pid}/fd`), []);
  return files.some((file) => inodes.has(/^socket:\[(\d+)\]$/.exec(unlessGone(() => readlinkSync(`/proc/${pid}/fd/${file}`), ''))?.[1] ?? ''));
}

/** Not its `comm`: that is the name of a thread, and Node calls its own "MainThread". */
function programOf(pid: string): string {
  return path.basename(unlessGone(() => readlinkSync(`/proc/${pid}/exe`), 'another program').replace(/ \(deleted\)$/, ''));
}

/** A process may end at any moment, and another user's is not ours to look into. */
function unlessGone<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
