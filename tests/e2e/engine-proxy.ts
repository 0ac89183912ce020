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
  /** Connections that the product holds open at this moment. */
  connections(): number;
}

/** A Unix socket in front of an engine (the machine's, if none is named), so that a test can take it away from one product without touching it. */
export async function startEngineProxy(engine: string = process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock'): Promise<EngineProxy> {
  const engineSocket = new URL(engine).pathname;
  const socketPath = path.join(os.tmpdir(), `anyon-e2e-engine-${randomBytes(4).toString('hex')}.sock`);
  const open = new Set<net.Socket>();
  const clients = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    // Who has let go ends its side; the other one stays half open for as long as the engine hangs.
    for (const sign of ['end', 'close']) client.on(sign, () => clients.delete(client));
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
    connections: () => clients.size,
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
