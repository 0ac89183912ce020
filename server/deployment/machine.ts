import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { readLeastSpace, type DiskSpace } from '@/server/deployment/free-space';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';

/** What the VM has, as its kernel says. Bytes. */
export interface Machine {
  memory: {
    total: number;
    /** What could be used right now without swapping: free memory and caches that can be dropped. */
    available: number;
  };
  /** Of the file systems that Anyon writes to, the one with the least free. */
  disk: DiskSpace;
}

/**
 * The machine that the engine's containers run on, this moment. Where the "VM" is itself a container (the cgroup mounted at
 * the root has a limit), that limit is the machine. The limit of Anyon's own service unit is not: containers do not count to it.
 */
export function readMachine(): Promise<Machine> {
  return processState('machine', () => askKernel)();
}

async function askKernel(): Promise<Machine> {
  const [meminfo, version2, version1, disk] = await Promise.all([readText('/proc/meminfo'), readCgroup(cgroupVersions[2]), readCgroup(cgroupVersions[1]), readLeastSpace()]);
  const whole = { total: os.totalmem(), available: parseAvailable(meminfo) ?? os.freemem() };
  return { memory: withinCgroup(whole, version2 ?? version1), disk };
}

/** What of the machine's memory a cgroup leaves; null for no limit. */
export function withinCgroup(whole: Machine['memory'], cgroup: Cgroup | null): Machine['memory'] {
  if (!cgroup || cgroup.limit >= whole.total) return whole;
  return { total: cgroup.limit, available: Math.min(whole.available, Math.max(0, cgroup.limit - cgroup.used)) };
}

/** `MemAvailable` of /proc/meminfo in bytes; null when the text does not have it. */
export function parseAvailable(meminfo: string | null): number | null {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

interface Cgroup {
  limit: number;
  /** What counts against the limit, caches that can be dropped left out. */
  used: number;
}

/** The files of the cgroup at the root of the mount, by version of cgroups. */
const cgroupVersions = {
  1: { directory: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', cache: 'total_inactive_file' },
  2: { directory: '/sys/fs/cgroup', limit: 'memory.max', used: 'memory.current', cache: 'inactive_file' },
} as const;

async function readCgroup({ directory, limit, used, cache }: (typeof cgroupVersions)[1 | 2]): Promise<Cgroup | null> {
  const [limitText, usedText, statistics] = await Promise.all([limit, used, 'memory.stat'].map((name) => readText(`${directory}/${name}`)));
  return parseCgroup({ limit: limitText ?? null, used: usedText ?? null, statistics: statistics ?? null, cache });
}

/** From the texts of its files; null when one is absent or there is no limit (version 2 says `max`, version 1 a number beyond every machine). */
export function parseCgroup({ limit, used, statistics, cache }: { limit: string | null; used: string | null; statistics: string | null; cache: string }): Cgroup | null {
  if (limit === null || used === null || !/^\d+$/.test(limit.trim())) return null;
  const dropped = new RegExp(`^${cache} (\\d+)$`, 'm').exec(statistics ?? '')?.[1] ?? 0;
  return { limit: Number(limit), used: Math.max(0, Number(used) - Number(dropped)) };
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log().debug({ file, reason: describeError(error) }, 'machine: a file of the kernel cannot be read');
    return null; // another version of cgroups, or no Linux: the caller has another source
  }
}
