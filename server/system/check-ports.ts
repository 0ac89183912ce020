import net from 'node:net';
import type { SystemCheck } from '@/contract/system-status';
import { containerEngine } from '@/server/containers/container-engine';
import { env } from '@/server/env';
import { failed, inOrder } from '@/server/system/check';

interface WantedPort {
  host: string;
  port: number;
  variable: string;
}

/** While Anyon runs it answers on its port; before that, nothing else may. */
export async function checkPorts({ running, signal }: { running: boolean; signal: AbortSignal }): Promise<SystemCheck[]> {
  const { ANYON_HOST: host, ANYON_PORT, ANYON_SIMULATOR_PORT, ANYON_EGRESS_PORT, previewPort } = env();
  const web = { host, port: ANYON_PORT, variable: 'ANYON_PORT' };
  if (running) return [(await isFree(host, web.port)) ? failed('Ports', `Anyon runs, and nothing listens on ${host}:${web.port}.`, 'Look for "web" in the server log; the parent process starts it again by itself.') : inOrder('Ports', `Anyon listens on ${host}:${web.port}.`)];
  // Simulator and egress proxy are for containers, so they listen where those find this machine.
  const inside = (await containerEngine().hostGateway(signal).catch(() => null)) ?? host;
  const wanted: WantedPort[] = [web, { host, port: previewPort, variable: 'ANYON_PREVIEW_PORT' }, { host: inside, port: ANYON_SIMULATOR_PORT, variable: 'ANYON_SIMULATOR_PORT' }, { host: inside, port: ANYON_EGRESS_PORT, variable: 'ANYON_EGRESS_PORT' }];
  const taken: WantedPort[] = [];
  for (const each of wanted) if (!(await isFree(each.host, each.port))) taken.push(each);
  return [judgePorts(wanted, taken)];
}

export function judgePorts(wanted: readonly WantedPort[], taken: readonly WantedPort[]): SystemCheck {
  if (taken.length === 0) return inOrder('Ports', `${wanted.map(({ port }) => port).join(', ')} are free.`);
  const each = taken.map(({ port, variable }) => `${port} (${variable})`).join(', ');
  return failed('Ports', `Something else listens on ${each}.`, `Stop it, or set ${taken.map(({ variable }) => variable).join(' and ')} to another port.`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
