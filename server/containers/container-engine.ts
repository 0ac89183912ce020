import { createDockerEngine } from '@/server/containers/docker-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { processState } from '@/server/process-state';

/** The worker's connections, its probe's and the few of the web process together stay below twenty, whatever hangs. */
const WORKER_CONNECTIONS = 14;

/** The engine of this process. Nothing is connected before the first call. */
export function containerEngine(): ContainerEngine {
  return processState('container-engine', () => createDockerEngine());
}

/** The same for the worker, which asks for more at the same time. To be called before anybody else has asked. */
export function workerEngine(): ContainerEngine {
  return processState('container-engine', () => createDockerEngine({ connections: WORKER_CONNECTIONS }));
}

/** An engine with a connection of its own, for whoever wants to know whether it answers at all. */
export function probeEngine(): ContainerEngine {
  return processState('probe-engine', () => createDockerEngine({ connections: 1 }));
}
