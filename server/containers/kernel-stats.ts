import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerStats } from '@/server/containers/engine';

/** Where the kernel shows what containers use. */
export interface KernelPlaces {
  cgroup: string;
  proc: string;
}

const usualPlaces: KernelPlaces = { cgroup: '/sys/fs/cgroup', proc: '/proc' };

/**
 * What a running container uses, from the kernel's own files: where the engine gets it as well, but in a millisecond and
 * without the engine (whose `one-shot` waits up to a second on Docker 20.10). Null when the container does not run on this
 * host, or cannot be seen from here: then the engine has to be asked.
 */
export async function readKernelStats(id: string, places: KernelPlaces = usualPlaces): Promise<ContainerStats | null> {
  if (!/^[0-9a-f]{64}$/.test(id)) return null;
  try {
    return existsSync(path.join(places.cgroup, 'cgroup.controllers')) ? await readVersion2(id, places) : await readVersion1(id, places);
  } catch (error) {
    // Ended between two files, or a file that this kernel does not have.
    if (error instanceof Unreadable || (error as NodeJS.ErrnoException).code !== undefined) return null;
    throw error;
  }
}

/** The engine's two ways to place a container: its own (cgroupfs), or as a unit of systemd. */
function groupOf(parent: string, id: string): string {
  const places = [`docker/${id}`, `system.slice/docker-${id}.scope`].map((place) => path.join(parent, place));
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Unreadable();
  return found;
}

async function readVersion2(id: string, places: KernelPlaces): Promise<ContainerStats> {
  const group = groupOf(places.cgroup, id);
  const [cpu, used, limit, memory, pids, processes] = await readAll(['cpu.stat', 'memory.current', 'memory.max', 'memory.stat', 'pids.current', 'cgroup.procs'].map((name) => path.join(group, name)));
  return {
    readAt: new Date().toISOString(),
    cpuNanoseconds: field(cpu, 'usage_usec') * 1000,
    memoryBytes: Math.max(0, number(used) - field(memory, 'inactive_file')),
    memoryLimitBytes: number(limit),
    pids: number(pids),
    ...(await readNetwork(processes, places.proc)),
  };
}

async function readVersion1(id: string, places: KernelPlaces): Promise<ContainerStats> {
  const [cpuGroup, memoryGroup, pidsGroup] = ['cpuacct', 'memory', 'pids'].map((controller) => groupOf(path.join(places.cgroup, controller), id)) as [string, string, string];
  const memoryFiles = ['memory.usage_in_bytes', 'memory.limit_in_bytes', 'memory.stat', 'cgroup.procs'].map((name) => path.join(memoryGroup, name));
  const [cpu, pids, used, limit, memory, processes] = await readAll([path.join(cpuGroup, 'cpuacct.usage'), path.join(pidsGroup, 'pids.current'), ...memoryFiles]);
  return {
    readAt: new Date().toISOString(),
    cpuNanoseconds: number(cpu),
    memoryBytes: Math.max(0, number(used) - field(memory, 'total_inactive_file')),
    memoryLimitBytes: number(limit),
    pids: number(pids),
    ...(await readNetwork(processes, places.proc)),
  };
}

/** All processes of a container share its network, so any of them shows the counts; the loopback is nobody's traffic. */
async function readNetwork(processes: string | undefined, proc: string): Promise<Pick<ContainerStats, 'networkReceivedBytes' | 'networkSentBytes'>> {
  const pid = number(processes?.split('\n')[0]);
  let [received, sent] = [0, 0];
  for (const line of (await readFile(path.join(proc, String(pid), 'net/dev'), 'utf8')).split('\n')) {
    const [name, counts] = line.split(':');
    if (counts === undefined || name?.trim() === 'lo') continue;
    const fields = counts.trim().split(/\s+/).map(Number);
    received += fields[0] ?? 0;
    sent += fields[8] ?? 0;
  }
  return { networkReceivedBytes: received, networkSentBytes: sent };
}

class Unreadable extends Error {}

function readAll(files: string[]): Promise<string[]> {
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
}

function number(text: string | undefined): number {
  if (text === undefined || !/^\d+\s*$/.test(text)) throw new Unreadable(); // "max" for no limit: not one of ours
  return Number(text);
}

/** A line `name value` of a file with many. */
function field(text: string | undefined, name: string): number {
  return number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1]);
}
