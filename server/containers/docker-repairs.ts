import { isAnyonError } from '@/server/errors';
import type { DockerClient } from '@/server/containers/docker-client';
import { inspectContainer } from '@/server/containers/docker-containers';
import { checkName, containerPath, networkPath, shortId } from '@/server/containers/docker-path';
import type { EngineContainer } from '@/server/containers/engine';

/** What puts a container right that somebody has meddled with, without ending what runs in it. */
export async function renameContainer(client: DockerClient, id: string, name: string, signal?: AbortSignal): Promise<void> {
  const action = `give the container ${shortId(id)} its name`;
  const request = { method: 'POST' as const, path: `${containerPath(id)}/rename`, query: { name: checkName(name, 'container') }, action, signal };
  await unless((container) => container.name === name, client, id, () => client.tell(request), signal);
}

export async function unpauseContainer(client: DockerClient, id: string, signal?: AbortSignal): Promise<void> {
  const request = { method: 'POST' as const, path: `${containerPath(id)}/unpause`, action: `let the container ${shortId(id)} go on`, signal };
  await unless((container) => container.status === 'running', client, id, () => client.tell(request), signal);
}

export async function connectNetwork(client: DockerClient, network: string, id: string, signal?: AbortSignal): Promise<void> {
  const request = { method: 'POST' as const, path: `${networkPath(network)}/connect`, body: { Container: checkName(id, 'container') }, action: `put the container ${shortId(id)} on the network ${network}`, signal };
  await unless((container) => container.attachedNetworks.includes(network), client, id, () => client.tell(request), signal);
}

/** Docker calls it an error to ask for what is so already, each time with another status. */
async function unless(isSo: (container: EngineContainer) => boolean, client: DockerClient, id: string, change: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!isAnyonError(error) || error.kind === 'unavailable') throw error;
    const container = await inspectContainer(client, id, signal);
    if (!container || !isSo(container)) throw error;
  }
}
