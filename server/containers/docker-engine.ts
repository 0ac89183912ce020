import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import { env } from '@/server/env';
import { instanceLabels, type ContainerHome } from '@/server/containers/container-spec';
import { findDockerAddress } from '@/server/containers/docker-address';
import { createDockerClient, type DockerClient } from '@/server/containers/docker-client';
import * as containers from '@/server/containers/docker-containers';
import { streamEvents } from '@/server/containers/docker-events';
import { exec, execDetached } from '@/server/containers/docker-exec';
import { ensureImage } from '@/server/containers/docker-images';
import { streamLogs } from '@/server/containers/docker-logs';
import { ensureNetwork, hostGateway, removeNetwork } from '@/server/containers/docker-networks';
import { readStats } from '@/server/containers/docker-stats';
import type { ContainerEngine, EngineVersion } from '@/server/containers/engine';
import { waitForExit } from '@/server/containers/wait-for-exit';

export interface DockerEngineOptions {
  /** Default DOCKER_HOST, then the usual sockets. */
  host?: string;
  /** Default ANYON_INSTANCE. */
  instance?: string;
  /** Default ANYON_DATA_DIR; only workspace folders in it can be mounted. */
  dataDir?: string;
}

const versionShape = z.object({ Version: z.string(), ApiVersion: z.string(), Os: z.string(), Arch: z.string() });

/** The container engine over the Docker socket (Engine 20.10 or newer). Connects anew for each call; cheap to make. */
export function createDockerEngine(options: DockerEngineOptions = {}): ContainerEngine {
  const client = createDockerClient(findDockerAddress(options.host ?? env().DOCKER_HOST));
  const home: ContainerHome = { dataDir: options.dataDir ?? env().dataDir, instance: options.instance ?? env().ANYON_INSTANCE };
  return {
    version: (signal) => readVersion(client, signal),
    ensureImage: (reference, ensureOptions) => ensureImage(client, reference, ensureOptions),
    ensureNetwork: (name, labels, signal) => ensureNetwork(client, name, { ...instanceLabels(home.instance), ...labels }, signal),
    removeNetwork: (name, signal) => removeNetwork(client, name, signal),
    hostGateway: (signal) => hostGateway(client, signal),
    createContainer: (spec, signal) => containers.createContainer(client, spec, home, signal),
    startContainer: (id, signal) => containers.startContainer(client, id, signal),
    stopContainer: (id, { graceSeconds }, signal) => containers.stopContainer(client, 'stop', id, graceSeconds, signal),
    killContainer: (id, killSignal, signal) => containers.killContainer(client, id, killSignal, signal),
    restartContainer: (id, { graceSeconds }, signal) => containers.stopContainer(client, 'restart', id, graceSeconds, signal),
    removeContainer: (id, signal) => containers.removeContainer(client, id, signal),
    inspectContainer: (id, signal) => containers.inspectContainer(client, id, signal),
    listContainers: (labels, signal) => containers.listContainers(client, labels, signal),
    waitForExit: (id, signal) => waitForExit(client, id, signal),
    streamLogs: (id, logOptions, signal) => streamLogs(client, id, logOptions, signal),
    exec: (id, command, signal) => exec(client, id, command, signal),
    execDetached: (id, command, signal) => execDetached(client, id, command, signal),
    readStats: (id, signal) => readStats(client, id, signal),
    streamEvents: (labels, signal) => streamEvents(client, labels, signal),
  };
}

async function readVersion(client: DockerClient, signal: AbortSignal | undefined): Promise<EngineVersion> {
  try {
    const version = await client.ask({ method: 'GET', path: '/version', action: 'reach Docker', signal }, versionShape);
    return { version: version.Version, apiVersion: version.ApiVersion, os: version.Os, arch: version.Arch };
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    throw new AnyonError(error.kind, `Failed to fetch Docker version: ${error.message}`, { cause: error });
  }
}
