import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import type { DockerClient } from '@/server/containers/docker-client';
import { containerPath, shortId } from '@/server/containers/docker-path';
import type { ContainerStats } from '@/server/containers/engine';
import { readKernelStats } from '@/server/containers/kernel-stats';

const statsShape = z.object({
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({ usage: z.number().optional(), limit: z.number().optional(), stats: z.record(z.string(), z.number()).nullish() }),
  pids_stats: z.object({ current: z.number().optional() }).nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: z.number(), tx_bytes: z.number() })).nullish(),
});

/**
 * One reading: from the kernel of this host where it shows the container, else from the engine. A container that is not
 * running has nothing to read: `precondition`.
 */
export async function readStats(client: DockerClient, id: string, signal?: AbortSignal): Promise<ContainerStats> {
  signal?.throwIfAborted();
  return (client.isLocal ? await readKernelStats(id) : null) ?? readEngineStats(client, id, signal);
}

/** `one-shot` (API 1.41) spares the engine the second reading of a CPU figure. Docker 20.10 answers at its next full second all the same. */
export async function readEngineStats(client: DockerClient, id: string, signal?: AbortSignal): Promise<ContainerStats> {
  const action = `read the resource use of the container ${shortId(id)}`;
  const query = { stream: false, 'one-shot': true };
  const stats = await client.ask({ method: 'GET', path: `${containerPath(id)}/stats`, query, action, signal, timeoutMs: 10_000 }, statsShape);
  // Of one that does not run, the engine sends an empty form.
  if (stats.memory_stats.limit === undefined) throw new AnyonError('precondition', `Could not ${action}: it is not running.`);
  const networks = Object.values(stats.networks ?? {});
  return {
    readAt: new Date(stats.read).toISOString(),
    cpuNanoseconds: stats.cpu_stats.cpu_usage.total_usage,
    memoryBytes: usedMemory(stats.memory_stats),
    memoryLimitBytes: stats.memory_stats.limit,
    pids: stats.pids_stats?.current ?? 0,
    networkReceivedBytes: networks.reduce((sum, network) => sum + network.rx_bytes, 0),
    networkSentBytes: networks.reduce((sum, network) => sum + network.tx_bytes, 0),
  };
}

/** Without the page cache that the kernel would give back, as `docker stats` counts (names differ between cgroup v1 and v2). */
function usedMemory(memory: z.infer<typeof statsShape>['memory_stats']): number {
  const cache = memory.stats?.['total_inactive_file'] ?? memory.stats?.['inactive_file'] ?? 0;
  return Math.max(0, (memory.usage ?? 0) - cache);
}
