import { accessSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AnyonError } from '@/server/errors';

/** Where the engine listens. `text` is what people read in messages. */
export type DockerAddress =
  | { text: string; socketPath: string }
  | { text: string; host: string; port: number };

const systemSocket = '/var/run/docker.sock';

/** Where an engine listens when nobody says otherwise: the system's, then Docker Desktop's. */
function usualSockets(): string[] {
  return [systemSocket, path.join(os.homedir(), '.docker/run/docker.sock')];
}

/**
 * Finds the engine: `host` (the value of DOCKER_HOST: `unix://…`, `tcp://…` or `http://…`) if given, else the first of
 * `sockets` that exists. With none present it is the first, so that the error names the usual place. TLS and ssh are
 * refused: they are not supported.
 */
export function findDockerAddress(host: string | undefined, sockets = usualSockets()): DockerAddress {
  if (host !== undefined && host !== '') return parseDockerHost(host);
  const socketPath = sockets.find(exists) ?? sockets[0] ?? systemSocket;
  return { text: `unix://${socketPath}`, socketPath };
}

function parseDockerHost(host: string): DockerAddress {
  if (host.startsWith('unix://')) {
    const socketPath = host.slice('unix://'.length) || systemSocket;
    if (!path.isAbsolute(socketPath)) throw new AnyonError('invalid', `DOCKER_HOST must name an absolute path after unix:// (got "${host}").`);
    return { text: `unix://${socketPath}`, socketPath };
  }
  // As tcp, because URL hides port 80 in an http address.
  const address = host.replace(/^http:/, 'tcp:');
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.protocol !== 'tcp:' || url.hostname === '') {
    throw new AnyonError('invalid', `DOCKER_HOST must be unix:///path or tcp://host:port (got "${host}"). TLS and ssh are not supported.`);
  }
  const port = url.port === '' ? 2375 : Number(url.port);
  return { text: `tcp://${url.hostname}:${port}`, host: url.hostname, port };
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false; // absent or hidden from this user: either way not the one to use
  }
}
