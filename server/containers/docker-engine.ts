import { env } from '@/server/env';
import { instanceLabels, type ContainerHome } from '@/server/containers/container-spec';
import { findDockerAddress } from '@/server/containers/docker-address';
import { createDockerClient } from '@/server/containers/docker-client';
import * as containers from '@/server/containers/docker-containers';
import { openAttendant } from '@/server/containers/docker-attend';
import { dialPort } from '@/server/containers/docker-dial';
import { streamEvents } from '@/server/containers/docker-events';
import { exec, execDetached } from '@/server/containers/docker-exec';
import { ensureImage } from '@/server/containers/docker-images';
import { readInfo, readVersion } from '@/server/containers/docker-info';
import { updateLimits } from '@/server/containers/docker-limits';
import { streamLogs } from '@/server/containers/docker-logs';
import { ensureNetwork, hostGateway, inspectNetwork, listNetworks, removeNetwork } from '@/server/containers/docker-networks';
import { connectNetwork, renameContainer, unpauseContainer } from '@/server/containers/docker-repairs';
import { readStats } from '@/server/containers/docker-stats';
import { summarizeContainers } from '@/server/containers/docker-summaries';
import { openTerminal } from '@/server/containers/docker-terminal';
import type { ContainerEngine } from '@/server/containers/engine';
import { secretsDir, workspacesDir } from '@/server/deployment/paths';
import { waitForExit } from '@/server/containers/wait-for-exit';

export interface DockerEngineOptions {
  /** Default DOCKER_HOST, then the usual sockets. */
  host?: string;
  /** Default ANYON_INSTANCE. */
  instance?: string;
  /** Only folders in its `workspaces` can be mounted. Default: those of the settings. */
  dataDir?: string;
  /** Default cloud-secrets in ANYON_TEMP_DIR; the folder of one workspace can be mounted. */
  secretsDir?: string;
  /** At most so many connections at the same time; a few by default. */
  connections?: number;
}

/** The container engine over the Docker socket (Engine 20.10 or newer). Connects anew for each call; cheap to make. */
export function createDockerEngine(options: DockerEngineOptions = {}): ContainerEngine {
  const client = createDockerClient(findDockerAddress(options.host ?? env().DOCKER_HOST), options.connections);
  const places = options.dataDir === undefined ? { dataDir: env().dataDir, workspacesDir: workspacesDir() } : { dataDir: options.dataDir };
  const home: ContainerHome = { ...places, instance: options.instance ?? env().ANYON_INSTANCE, secretsDir: options.secretsDir ?? secretsDir() };
  return {
    version: (signal) => readVersion(client, signal),
    info: (signal) => readInfo(client, signal),
    ensureImage: (reference, ensureOptions) => ensureImage(client, reference, ensureOptions),
    ensureNetwork: (spec, signal) => ensureNetwork(client, { ...spec, labels: { ...instanceLabels(home.instance), ...spec.labels } }, signal),
    listNetworks: (labels, signal) => listNetworks(client, labels, signal),
    inspectNetwork: (name, signal) => inspectNetwork(client, name, signal),
    removeNetwork: (name, signal) => removeNetwork(client, name, signal),
    hostGateway: (signal) => hostGateway(client, signal),
    createContainer: (spec, signal) => containers.createContainer(client, spec, home, signal),
    startContainer: (id, signal) => containers.startContainer(client, id, signal),
    stopContainer: (id, { graceSeconds }, signal) => containers.stopContainer(client, 'stop', id, graceSeconds, signal),
    killContainer: (id, killSignal, signal) => containers.killContainer(client, id, killSignal, signal),
    restartContainer: (id, { graceSeconds }, signal) => containers.stopContainer(client, 'restart', id, graceSeconds, signal),
    removeContainer: (id, signal) => containers.removeContainer(client, id, signal),
    renameContainer: (id, name, signal) => renameContainer(client, id, name, signal),
    unpauseContainer: (id, signal) => unpauseContainer(client, id, signal),
    connectNetwork: (network, id, signal) => connectNetwork(client, network, id, signal),
    inspectContainer: (id, signal) => containers.inspectContainer(client, id, signal),
    updateLimits: (id, limits, signal) => updateLimits(client, id, limits, signal),
    listContainers: (labels, signal) => containers.listContainers(client, labels, signal),
    summarizeContainers: (filter, signal) => summarizeContainers(client, filter, signal),
    waitForExit: (id, signal) => waitForExit(client, id, signal),
    streamLogs: (id, logOptions, signal) => streamLogs(client, id, logOptions, signal),
    exec: (id, command, signal) => exec(client, id, command, signal),
    execDetached: (id, command, signal) => execDetached(client, id, command, signal),
    openTerminal: (id, command, signal) => openTerminal(client, id, command, signal),
    attend: (id, user, signal) => openAttendant(client, id, user, signal),
    dialPort: (id, port, signal) => dialPort(client, id, port, signal),
    readStats: (id, signal) => readStats(client, id, signal),
    readOwnFilesBytes: (id, signal) => containers.readOwnFilesBytes(client, id, signal),
    streamEvents: (labels, signal, since) => streamEvents(client, labels, signal, since),
  };
}
