import { FluentServer } from '@fluent-org/logger';
import net, { type AddressInfo } from 'node:net';

interface Collected {
  tag: string;
  record: Record<string, unknown>;
}

export interface LogCollector {
  address: string;
  received: Collected[];
  close(): Promise<void>;
}

/** A real server of Fluentd's forward protocol, which acknowledges what it is sent. */
export async function startLogCollector(port = 0, sharedKey?: string): Promise<LogCollector> {
  const received: Collected[] = [];
  const security = sharedKey === undefined ? {} : { security: { serverHostname: 'collector', sharedKey, authorize: false, userDict: {} } };
  const server = new FluentServer({ listenOptions: { port, host: '127.0.0.1' }, ...security });
  server.on('entry', (tag: string, _time: unknown, record: Record<string, unknown>) => received.push({ tag, record }));
  await server.listen();
  return { address: `127.0.0.1:${server.port}`, received, close: () => server.close() };
}

/** Takes connections and what comes, and answers nothing. */
export async function startMuteCollector(): Promise<{ address: string; connections: () => number; close(): void }> {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
