import type { SystemCheck } from '@/contract/system-status';
import { containerEngine } from '@/server/containers/container-engine';
import { portHolders, portIsFree, type PortHolder } from '@/server/deployment/port-holder';
import { env } from '@/server/env';
import { failed, inOrder } from '@/server/system/check';

interface WantedPort {
  host: string;
  port: number;
  variable: string;
}

export interface TakenPort extends WantedPort {
  /** Null when it cannot be told who it is. */
  holder: PortHolder | null;
}

/** While Anyon runs it answers on its port. */
export async function checkOwnPort(): Promise<SystemCheck[]> {
  const { ANYON_HOST: host, ANYON_PORT: port } = env();
  if (await portIsFree(host, port)) return [failed('Ports', `Anyon runs, and nothing listens on ${host}:${port}.`, 'Look for "web" in the server log; the parent process starts it again by itself.')];
  return [inOrder('Ports', `Anyon listens on ${host}:${port}.`)];
}

/** Before it starts, nothing else may have one of its ports. `ours` are processes of this install, which make room. */
export async function checkWantedPorts(ours: readonly number[], signal: AbortSignal): Promise<SystemCheck[]> {
  const { ANYON_HOST: host, ANYON_PORT, ANYON_SIMULATOR_PORT, ANYON_SIMULATOR_URL, ANYON_EGRESS_PORT, previewPort } = env();
  // Simulator and egress proxy are for containers, so they listen where those find this machine.
  const inside = (await containerEngine().hostGateway(signal).catch(() => null)) ?? host;
  const wanted: WantedPort[] = [
    { host, port: ANYON_PORT, variable: 'ANYON_PORT' },
    { host, port: previewPort, variable: 'ANYON_PREVIEW_PORT' },
    ...(ANYON_SIMULATOR_URL === undefined ? [{ host: inside, port: ANYON_SIMULATOR_PORT, variable: 'ANYON_SIMULATOR_PORT' }] : []),
    { host: inside, port: ANYON_EGRESS_PORT, variable: 'ANYON_EGRESS_PORT' },
  ];
  const looked = await Promise.all(wanted.map((each) => findHolder(each, ours)));
  return judgePorts(wanted, looked.filter((one) => one !== null));
}

/** Null when the port is free, or held by one of ours. */
async function findHolder(wanted: WantedPort, ours: readonly number[]): Promise<TakenPort | null> {
  if (await portIsFree(wanted.host, wanted.port)) return null;
  const holders = portHolders(wanted.port);
  return holders.some(({ pid }) => ours.includes(pid)) ? null : { ...wanted, holder: holders[0] ?? null };
}

/** One check when all are free, else one for each that is not; `npm run up` says it in the same words before there is a build (scripts/setup/product-status.mjs). */
export function judgePorts(wanted: readonly WantedPort[], taken: readonly TakenPort[]): SystemCheck[] {
  if (taken.length === 0) return [inOrder('Ports', `${wanted.map(({ port }) => port).join(', ')} are free.`)];
  return taken.map(({ port, variable, holder }) => {
    const who = holder ? ` by ${holder.program} (process ${holder.pid})` : '';
    return failed(`Port ${port}`, `Port ${port} is taken${who}.`, `Stop that program, or choose another port:  ${variable}=${port < 65_535 ? port + 1 : port - 1} npm run up`);
  });
}
