import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunningProduct } from '@/tests/setup/running-product';

/** What each process of the product takes at one moment; Postgres is all of its processes together. */
export interface ProcessCosts {
  /** MB that would be free without it (PSS: what is shared counts in parts). */
  megabytes: Record<string, number>;
  /** Seconds of a processor since it began. */
  cpuSeconds: Record<string, number>;
}

const TICKS_PER_SECOND = 100;

/** Reads them from /proc; needs root, as Postgres runs as another user. */
export function readProcessCosts(product: RunningProduct): ProcessCosts {
  const costs: ProcessCosts = { megabytes: {}, cpuSeconds: {} };
  for (const [name, pids] of Object.entries(processesOf(product))) {
    costs.megabytes[name] = sum(pids.map(megabytesOf));
    costs.cpuSeconds[name] = sum(pids.map(cpuSecondsOf));
  }
  return costs;
}

function processesOf(product: RunningProduct): Record<string, number[]> {
  const own = Object.entries(product.processes()).map(([name, { pid }]) => [name, [pid]] as const);
  const postmaster = Number(readFileSync(path.join(product.dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === postmaster);
  return { ...Object.fromEntries(own), postgres: [postmaster, ...children.map(Number)] };
}

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1] ?? -1);
}

/** The fields of /proc/PID/stat behind the name, which may hold anything; empty when it has ended. */
function fieldsOf(pid: number): string[] {
  return read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
}

function cpuSecondsOf(pid: number): number {
  const fields = fieldsOf(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

function megabytesOf(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
