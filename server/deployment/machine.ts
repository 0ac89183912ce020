import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import { env } from '@/server/env';
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
  /** Of the file system that holds the data directory; `available` is for an ordinary user. */
  disk: { total: number; available: number };
}

/**
 * The machine that the engine's containers run on, this moment. Where the "VM" is itself a container (the cgroup mounted at
 * the root has a limit), that limit is the machine. The limit of Anyon's own service unit is not: containers do not count to it.
 */
export function readMachine(): Promise<Machine> {
  return processState('machine', () => askKernel)();
}

async function askKernel(): Promise<Machine> {
  const [meminfo, cgroup, disk] = await Promise.all([readText('/proc/meminfo'), readCgroup(), statfs(env().dataDir)]);
  const whole = { total: os.totalmem(), available: parseAvailable(meminfo) ?? os.freemem() };
  const limited = cgroup && cgroup.limit < whole.total ? { total: cgroup.limit, available: Math.min(whole.available, Math.max(0, cgroup.limit - cgroup.used)) } : null;
  return { memory: limited ?? whole, disk: { total: disk.blocks * disk.bsize, available: disk.bavail * disk.bsize } };
}

/** `MemAvailable` of /proc/meminfo in bytes; null when the text does not have it. */
function parseAvailable(meminfo: string | null): number | null {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '')?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

/** The limit of the cgroup at the root of this mount and what counts against it, caches that can be dropped left out; null for none. */
async function readCgroup(): Promise<{ limit: number; used: number } | null> {
  return (
    (await readCgroupFiles('/sys/fs/cgroup', { limit: 'memory.max', used: 'memory.current', cache: 'inactive_file' })) ??
    readCgroupFiles('/sys/fs/cgroup/memory', { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', cache: 'total_inactive_file' })
  );
}

async function readCgroupFiles(directory: string, names: { limit: string; used: string; cache: string }): Promise<{ limit: number; used: number } | null> {
  const [limit, used, statistics] = await Promise.all([names.limit, names.used, 'memory.stat'].map((name) => readText(`${directory}/${name}`)));
  if (limit == null || used == null || !/^\d+$/.test(limit.trim())) return null; // version 2 says "max" for none
  const cache = new RegExp(`^${names.cache} (\\d+)$`, 'm').exec(statistics ?? '')?.[1] ?? 0;
  return { limit: Number(limit), used: Math.max(0, Number(used) - Number(cache)) };
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log().debug({ file, reason: describeError(error) }, 'machine: a file of the kernel cannot be read');
    return null; // another version of cgroups, or no Linux: the caller has another source
  }
}
