import { rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';

export interface EngineProxy {
  /** For DOCKER_HOST. */
  address: string;
  /** As when the engine is stopped: open connections end, the socket is gone. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A Unix socket in front of the machine's engine, so that a test can take the engine away from one product without touching it. */
export async function startEngineProxy(): Promise<EngineProxy> {
  const engineSocket = new URL(process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock').pathname;
  const socketPath = path.join(os.tmpdir(), `anyon-e2e-engine-${randomBytes(4).toString('hex')}.sock`);
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const engine = net.connect({ path: engineSocket, allowHalfOpen: true });
    for (const [from, to] of [[client, engine], [engine, client]] as const) {
      open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy()); // one side went away: so does the other
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  const proxy: EngineProxy = {
    address: `unix://${socketPath}`,
    start: () => new Promise((resolve, reject) => server.once('error', reject).listen(socketPath, () => resolve())),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
      rmSync(socketPath, { force: true });
    },
  };
  await proxy.start();
  return proxy;
}
