import { createDockerEngine } from '@/server/containers/docker-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { processState } from '@/server/process-state';

/** The engine of this process. Nothing is connected before the first call. */
export function containerEngine(): ContainerEngine {
  return processState('container-engine', () => createDockerEngine());
}
