import { AnyonError, isAnyonError } from '@/server/errors';
import { checkLimits, limitFields } from '@/server/containers/container-limits';
import type { DockerClient } from '@/server/containers/docker-client';
import { containerPath, shortId } from '@/server/containers/docker-path';
import { readStats } from '@/server/containers/docker-stats';
import type { ContainerStats, ResourceLimits } from '@/server/containers/engine';

/** Room above what is used now: between the question and the change a container takes more. */
const headroom = 1.1;

/**
 * Changes the limits at once. The size of /tmp stays what it was until the container is made anew. A container that needs
 * more memory than it shall have is refused first: cgroup v2 would kill its processes, cgroup v1 would give an error.
 */
export async function updateLimits(client: DockerClient, id: string, limits: ResourceLimits, signal?: AbortSignal): Promise<void> {
  const body = limitFields(checkLimits(limits));
  const stats = await statsIfRunning(client, id, signal);
  if (stats && stats.memoryBytes * headroom > limits.memoryBytes) throw tooLittle(id, stats.memoryBytes, limits.memoryBytes);
  const action = `change the limits of the container ${shortId(id)}`;
  await client.tell({ method: 'POST', path: `${containerPath(id)}/update`, body, action, signal });
}

async function statsIfRunning(client: DockerClient, id: string, signal: AbortSignal | undefined): Promise<ContainerStats | null> {
  try {
    return await readStats(client, id, signal);
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'precondition') return null;
    throw error;
  }
}

function tooLittle(id: string, used: number, wanted: number): AnyonError {
  const mebibytes = (bytes: number) => `${Math.ceil(bytes / 1024 ** 2)} MiB`;
  return new AnyonError('precondition', `Could not lower the memory of the container ${shortId(id)} to ${mebibytes(wanted)}: it uses ${mebibytes(used)} now. Stop what runs in it first, or choose more.`);
}
