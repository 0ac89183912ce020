import fs from 'node:fs/promises';
import path from 'node:path';
import { describeProcess, identifyProcess, type ProcessIdentity } from '@/server/deployment/process-identity';

export interface Postmaster {
  process: ProcessIdentity;
  port: number;
  /** False while it starts or recovers from a crash. */
  ready: boolean;
}

/**
 * The Postgres that runs on this cluster directory, from its own `postmaster.pid` (lines: pid, directory, start time, port,
 * socket directory, listen address, shared memory, status; src/include/utils/pidfile.h). Null when none runs: the pid must
 * live, be called postgres and have the cluster as its current directory, which a reused pid does not.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | null> {
  const lines = await readLines(cluster);
  if (!lines) return null;
  const pid = Number(lines[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identifyProcess(pid) : null;
  if (!identity) return null;
  const seen = describeProcess(pid);
  if (!seen || seen.program !== 'postgres' || seen.directory !== (await fs.realpath(cluster))) return null;
  return { process: identity, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Removes a `postmaster.pid` whose pid is another program's by now (it happens after a reboot): Postgres itself only asks
 * whether the pid lives, and would refuse to start for ever. To be called only when `findPostmaster` found nothing.
 */
export async function removeStalePidFile(cluster: string): Promise<void> {
  const pid = Number((await readLines(cluster))?.[0]);
  if (!pid) return;
  const seen = describeProcess(pid);
  if (seen && seen.program !== 'postgres') await fs.rm(path.join(cluster, 'postmaster.pid'), { force: true });
}

async function readLines(cluster: string): Promise<string[] | null> {
  try {
    return (await fs.readFile(path.join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
