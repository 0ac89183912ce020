import { readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import type { SystemCheck } from '@/contract/system-status';
import { findDockerAddress } from '@/server/containers/docker-address';
import { env } from '@/server/env';
import { judgeNetworkEngine, judgeSocket } from '@/server/system/start/judge-socket';

/** Whether this process may speak to the engine, down to connecting to it, and who else may. */
export async function checkSocket(signal: AbortSignal): Promise<SystemCheck[]> {
  const address = findDockerAddress(env().DOCKER_HOST);
  if (!('socketPath' in address)) return [judgeNetworkEngine(address.text, await connect({ host: address.host, port: address.port }, signal))];
  const { socketPath: path } = address;
  const [found, groups] = await Promise.all([stat(path).catch(() => null), readFile('/etc/group', 'utf8').catch(() => '')]);
  const user = userName();
  const group = found && findGroup(groups, found.gid);
  return [judgeSocket({ path, file: found && { mode: found.mode, group: group?.name ?? null }, refusal: await connect({ path }, signal), user, isMember: group?.members.includes(user) ?? false })];
}

/** True of the words about an engine that is not there or does not run, which is for `npm run up` to change. */
export function saysAbsent(detail: string): boolean {
  return /^(There is no|Nobody answers at the) Docker socket /.test(detail);
}

/** Code of the failure; null when somebody answers. */
function connect(to: { path: string } | { host: string; port: number }, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect(to);
    const end = (result: string | null) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    signal.addEventListener('abort', () => end('no answer in time'), { once: true });
  });
}

/** The name of the user this process is; the number where the machine has no name for it. */
export function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? '?'}`; // no line in /etc/passwd, as in a container
  }
}

/** A line of /etc/group: `docker:x:999:anna,ben`. */
export function findGroup(text: string, gid: number): { name: string; members: string[] } | null {
  const fields = text.split('\n').map((line) => line.split(':')).find(([, , number]) => Number(number) === gid && number !== '');
  return fields?.[0] === undefined ? null : { name: fields[0], members: (fields[3] ?? '').split(',').filter(Boolean) };
}
