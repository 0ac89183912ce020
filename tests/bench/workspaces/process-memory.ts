import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProductProcesses, RunningProduct } from '@/tests/setup/running-product';

/** What runs for Anyon itself. The simulator is in nobody's production, and Postgres is told apart. */
const COUNTED = ['parent', 'web', 'worker', 'egress', 'preview'] as const satisfies readonly (keyof ProductProcesses)[];
const READINGS = 6;
const EVERY_MS = 3_000;

/** Of a process, in MB, with what it shares with others divided among them. */
function proportionalMemory(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
}

/** Of each process of the server, in MB. */
function readMemory(product: RunningProduct): Record<(typeof COUNTED)[number], number> {
  const processes = product.processes();
  const sizeOf = (name: (typeof COUNTED)[number]): [string, number] => [name, proportionalMemory(processes[name]?.pid ?? Number.NaN)];
  return Object.fromEntries(COUNTED.map(sizeOf)) as Record<(typeof COUNTED)[number], number>;
}

export interface MemoryReading {
  /** MB of all of them together. */
  total: number;
  /** `web 120, worker 130 …`, for the table. */
  words: string;
}

/** Some readings over a while; `smoke` takes one. The smallest is what is needed, the largest what must be there. */
export async function readingsOfMemory(product: RunningProduct, smoke: boolean): Promise<MemoryReading[]> {
  const readings: MemoryReading[] = [];
  for (let index = 0; index < (smoke ? 1 : READINGS); index++) {
    await sleep(smoke ? 500 : EVERY_MS);
    const each = Object.entries(readMemory(product));
    readings.push({ total: each.reduce((sum, [, size]) => sum + size, 0), words: each.map(([name, size]) => `${name} ${size.toFixed(0)}`).join(', ') });
  }
  return readings;
}
