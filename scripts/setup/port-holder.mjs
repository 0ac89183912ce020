import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** True when this machine can listen there. */
export function portIsFree(host, port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Which process listens on a port, from /proc/net/tcp (the 10th field is the socket's inode) and the open files of every
 * process. Null when it cannot be told: another user's process is not ours to look into.
 * @returns {{pid: number, program: string} | null}
 */
export function portHolder(port) {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return null;
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const target of openFiles(pid)) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode && inodes.has(inode)) return { pid: Number(pid), program: programFile(pid) };
    }
  }
  return null;
}

/** Not its `comm`: that is the name of a thread, and Node calls its own "MainThread". */
function programFile(pid) {
  try {
    return path.basename(fs.readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''));
  } catch {
    return 'another program'; // ended meanwhile
  }
}

function listeningInodes(port) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!fs.existsSync(table)) continue;
    for (const line of fs.readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const listening = fields[3] === '0A';
      if (listening && fields[1].endsWith(`:${wanted}`)) inodes.add(fields[9]);
    }
  }
  return inodes;
}

function openFiles(pid) {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [fs.readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // ended meanwhile, or another user's
  }
}
