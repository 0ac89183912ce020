import { randomInt } from 'node:crypto';
import net from 'node:net';

/** From which port, and up to which one that is not among them. */
type PortRange = readonly [from: number, to: number];

const OF_ALL: PortRange = [20_000, 32_000];
/** For what listens only minutes after it has chosen, or not all the time: other files must not choose the same meanwhile. */
export const OF_COMPOSE_STACK: PortRange = [32_000, 32_350];
export const OF_DEV_ENVIRONMENT: PortRange = [32_350, 32_700];
/** The one above it is used, too. */
export const OF_DEBUGGERS: PortRange = [32_701, 32_766];

/**
 * Ports that nobody uses at this moment. Below the range from which the system gives ports to outgoing connections, so that
 * nobody takes one between this look and the start.
 */
export async function freePorts(count: number, [from, to] = OF_ALL): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(from, to);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

/** One of them. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('There is no free port.');
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
