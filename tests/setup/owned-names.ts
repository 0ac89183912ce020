import { randomBytes } from 'node:crypto';
import net from 'node:net';

/** `test-1a2b3c4d`, where `test-` is the prefix: nobody else's, and this process's until it ends. */
export async function ownName(prefix: string): Promise<string> {
  for (;;) {
    const name = `${prefix}${randomBytes(4).toString('hex')}`;
    if (await claimName(name)) return name;
  }
}

/** An instance of the product. */
export const ownInstance = (): Promise<string> => ownName('test-');

/** Makes the name this process's until it ends; false where it is another one's. */
export async function claimName(name: string): Promise<boolean> {
  return (await take(name))?.unref() !== undefined;
}

/** Whether the process whose name this was has ended. */
export async function isAbandoned(name: string): Promise<boolean> {
  const taken = await take(name);
  if (taken) await new Promise((resolve) => taken.close(resolve));
  return taken !== null;
}

/** The kernel gives such a name to one process at a time, and takes it back from one that has ended (unix(7), "abstract sockets"). */
function take(name: string): Promise<net.Server | null> {
  return listenUnlessTaken({ path: `\0anyon-test-${name}` });
}

/** Null where somebody listens already. */
export function listenUnlessTaken(where: net.ListenOptions): Promise<net.Server | null> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(where, () => resolve(server));
  });
}
