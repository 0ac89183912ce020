import { AnyonError } from '@/server/errors';
import type { ResourceLimits } from '@/server/containers/engine';

const mebibyte = 1024 * 1024;
const smallestMemory = 16 * mebibyte;

/** Open files per process when a spec names none: below the hard limit of common hosts. */
export const defaultOpenFiles = 16_384;

/** Bounds: 16 MiB to 1 TiB, 0.01 to 512 cores, 8 to 65 536 processes. Throws `invalid` outside of them. */
export function checkLimits(limits: ResourceLimits): ResourceLimits {
  const { memoryBytes, cpus, pids } = limits;
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < smallestMemory || memoryBytes > 2 ** 40) throw new AnyonError('invalid', 'The memory limit must be from 16 MiB to 1 TiB, in whole bytes.');
  if (!Number.isFinite(cpus) || cpus < 0.01 || cpus > 512) throw new AnyonError('invalid', 'The CPU limit must be from 0.01 to 512 cores.');
  if (!Number.isSafeInteger(pids) || pids < 8 || pids > 65_536) throw new AnyonError('invalid', 'The limit of processes must be a whole number from 8 to 65536.');
  return limits;
}

/** Bounds: 64 to 1 048 576, the kernel's own default ceiling. Throws `invalid` outside of them. */
export function checkOpenFiles(openFiles: number): number {
  if (!Number.isSafeInteger(openFiles) || openFiles < 64 || openFiles > 1_048_576) throw new AnyonError('invalid', 'The limit of open files must be a whole number from 64 to 1048576.');
  return openFiles;
}

/** The part of HostConfig that limits make. MemorySwap equal to Memory means no swap at all; absent would mean as much again. */
export function limitFields(limits: ResourceLimits): { Memory: number; MemorySwap: number; NanoCpus: number; PidsLimit: number } {
  return { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes, NanoCpus: Math.round(limits.cpus * 1e9), PidsLimit: limits.pids };
}
