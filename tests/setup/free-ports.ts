import { randomInt } from 'node:crypto';
import { claimName, listenUnlessTaken } from '@/tests/setup/owned-names';

/** Below the range from which the system gives ports to outgoing connections, and to whoever asks for any. */
const [LOWEST, HIGHEST] = [20_000, 32_700];

/**
 * Ports that nobody uses, and that are this process's until it ends: no other one that asks here is given them, even while
 * nothing listens there yet or any more.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** One of them. */
export async function freePort(): Promise<number> {
  return (await neighbouringPorts(1))[0] as number;
}

/** The same, each one above the one before it. */
export async function neighbouringPorts(count: number): Promise<number[]> {
  for (;;) {
    const first = randomInt(LOWEST, HIGHEST);
    const ports = Array.from({ length: count }, (_, above) => first + above);
    if ((await Promise.all(ports.map(claim))).every(Boolean)) return ports; // what stood beside a taken one stays claimed: there are thousands
  }
}

async function claim(port: number): Promise<boolean> {
  if (!(await claimName(`port-${port}`))) return false;
  const listening = await listenUnlessTaken({ port, host: '0.0.0.0' });
  if (listening) await new Promise((resolve) => listening.close(resolve));
  return listening !== null;
}
