import type { ContainerStats } from '@/server/containers/engine';

/** What is remembered of a container's last reading. */
export type CpuReading = Pick<ContainerStats, 'readAt' | 'cpuNanoseconds'>;

/** Closer readings make a figure that means nothing. */
const shortestMs = 500;

/**
 * Cores in use between two readings of one container; null when they do not make a figure: too close, or the counter has
 * begun again because the container was restarted in between.
 */
export function cpuUse(first: CpuReading, second: CpuReading): number | null {
  const elapsedMs = Date.parse(second.readAt) - Date.parse(first.readAt);
  const usedNs = second.cpuNanoseconds - first.cpuNanoseconds;
  return elapsedMs < shortestMs || usedNs < 0 ? null : usedNs / (elapsedMs * 1e6);
}
