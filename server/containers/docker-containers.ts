import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import { engineTime, exitOfState } from '@/server/containers/container-exit-mapping';
import { buildContainer, type ContainerHome } from '@/server/containers/container-spec';
import { defaultOpenFiles } from '@/server/containers/container-limits';
import { defaultTimeoutMs, type DockerClient } from '@/server/containers/docker-client';
import { pause } from '@/server/containers/docker-deadline';
import { readInfo } from '@/server/containers/docker-info';
import { checkName, containerPath, shortId } from '@/server/containers/docker-path';
import { containerStatuses, type ContainerSpec, type EngineContainer, type Labels } from '@/server/containers/engine';
import { assertOpenFiles } from '@/server/containers/open-files-ceiling';

const slowTimeoutMs = 60_000;

const inspectShape = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullish(), Tty: z.boolean() }),
  State: z.object({
    Status: z.enum(containerStatuses),
    ExitCode: z.number().int(),
    Error: z.string().optional(),
    OOMKilled: z.boolean(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
  }),
  HostConfig: z.object({ Memory: z.number(), NanoCpus: z.number(), PidsLimit: z.number().nullish(), NetworkMode: z.string().default(''), Runtime: z.string().optional() }),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string().optional() })).nullish() }).nullish(),
});

const createdShape = z.object({ Id: z.string() });
const listShape = z.array(z.object({ Id: z.string() }));

export async function createContainer(client: DockerClient, spec: ContainerSpec, home: ContainerHome, signal?: AbortSignal): Promise<string> {
  const name = checkName(spec.name, 'container');
  const body = { ...(await buildContainer(spec, home)) };
  await assertOpenFiles(spec.openFiles ?? defaultOpenFiles);
  if (body.HostConfig.Runtime !== undefined) await assertRuntime(client, body.HostConfig.Runtime, signal);
  const action = `create the container ${name}`;
  const created = await client.ask({ method: 'POST', path: '/containers/create', query: { name }, body, action, signal, timeoutMs: slowTimeoutMs }, createdShape);
  return created.Id;
}

/** The engine is asked for what it knows before anything is made: with a wrong name some would find out only at the start. */
async function assertRuntime(client: DockerClient, runtime: string, signal: AbortSignal | undefined): Promise<void> {
  const { runtimes } = await readInfo(client, signal);
  if (runtimes.includes(runtime)) return;
  const { problem, fix } = unknownRuntime(runtime, runtimes);
  throw new AnyonError('precondition', `${problem} ${fix}`);
}

/** Why a runtime cannot be used, and what to do. */
export function unknownRuntime(runtime: string, known: readonly string[]): { problem: string; fix: string } {
  return {
    problem: `Docker does not know the container runtime "${runtime}" (it knows ${known.join(', ') || 'none'}), and Anyon never takes another one instead.`,
    fix: 'Install it and name it under "runtimes" in /etc/docker/daemon.json, or set ANYON_CONTAINER_RUNTIME to one that Docker knows.',
  };
}

export async function startContainer(client: DockerClient, id: string, signal?: AbortSignal): Promise<void> {
  await client.tell({ method: 'POST', path: `${containerPath(id)}/start`, action: `start the container ${shortId(id)}`, signal, timeoutMs: slowTimeoutMs });
}

/** `stop` and `restart` answer only after the grace period, which therefore comes on top of the time limit. */
export async function stopContainer(client: DockerClient, verb: 'stop' | 'restart', id: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
  if (!Number.isSafeInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > 3600) {
    throw new AnyonError('invalid', 'The grace period must be a whole number of seconds from 0 to 3600.');
  }
  const timeoutMs = graceSeconds * 1000 + slowTimeoutMs;
  await client.tell({ method: 'POST', path: `${containerPath(id)}/${verb}`, query: { t: graceSeconds }, action: `${verb} the container ${shortId(id)}`, signal, timeoutMs });
}

export async function killContainer(client: DockerClient, id: string, killSignal: string, signal?: AbortSignal): Promise<void> {
  if (!/^SIG[A-Z][A-Z0-9+-]{1,9}$/.test(killSignal)) throw new AnyonError('invalid', `"${killSignal.slice(0, 20)}" is not the name of a signal, such as SIGKILL.`);
  await client.tell({ method: 'POST', path: `${containerPath(id)}/kill`, query: { signal: killSignal }, action: `kill the container ${shortId(id)}`, signal });
}

export async function removeContainer(client: DockerClient, id: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.tell({ method: 'DELETE', path: containerPath(id), query: { force: true, v: true }, action: `remove the container ${shortId(id)}`, signal, timeoutMs: slowTimeoutMs });
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return;
    if (!isAnyonError(error) || error.kind !== 'conflict') throw error;
    await awaitOtherRemoval(client, id, error, signal);
  }
}

/** Docker answers 409 while another request removes the same container; the caller wants it gone, not an error. */
async function awaitOtherRemoval(client: DockerClient, id: string, conflict: AnyonError, signal: AbortSignal | undefined): Promise<void> {
  const end = Date.now() + defaultTimeoutMs;
  while (Date.now() < end) {
    if ((await inspectContainer(client, id, signal)) === null) return;
    await pause(100, signal);
  }
  throw conflict;
}

export interface InspectedContainer extends EngineContainer {
  tty: boolean;
}

export async function inspectContainer(client: DockerClient, id: string, signal?: AbortSignal): Promise<InspectedContainer | null> {
  try {
    const found = await client.ask({ method: 'GET', path: `${containerPath(id)}/json`, action: `inspect the container ${shortId(id)}`, signal }, inspectShape);
    return toEngineContainer(found);
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

const sizeShape = z.object({ SizeRw: z.number().optional() });

/** The engine leaves the size out when nothing was written. */
export async function readOwnFilesBytes(client: DockerClient, id: string, signal?: AbortSignal): Promise<number | null> {
  const action = `measure the files of the container ${shortId(id)}`;
  try {
    const found = await client.ask({ method: 'GET', path: `${containerPath(id)}/json`, query: { size: true }, action, signal, timeoutMs: slowTimeoutMs }, sizeShape);
    return found.SizeRw ?? 0;
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}

/** The list itself tells neither limits nor exits, so each one is inspected; one that vanishes meanwhile is left out. */
export async function listContainers(client: DockerClient, labels: Labels, signal?: AbortSignal): Promise<EngineContainer[]> {
  const filters = JSON.stringify({ label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) });
  const listed = await client.ask({ method: 'GET', path: '/containers/json', query: { all: true, filters }, action: 'list the containers', signal }, listShape);
  const containers: EngineContainer[] = [];
  for (let at = 0; at < listed.length; at += 8) {
    const batch = await Promise.all(listed.slice(at, at + 8).map((item) => inspectContainer(client, item.Id, signal)));
    for (const container of batch) if (container) containers.push(container);
  }
  return containers;
}

function toEngineContainer(found: z.infer<typeof inspectShape>): InspectedContainer {
  const { State: state, HostConfig: hostConfig, Config: config } = found;
  const networks = found.NetworkSettings?.Networks ?? {};
  const ended = state.Status === 'exited' || state.Status === 'dead';
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: config.Image,
    imageId: found.Image,
    labels: config.Labels ?? {},
    status: state.Status,
    startedAt: engineTime(state.StartedAt),
    exit: ended ? exitOfState(state) : null,
    limits: { memoryBytes: hostConfig.Memory, cpus: hostConfig.NanoCpus / 1e9, pids: hostConfig.PidsLimit ?? 0 },
    runtime: hostConfig.Runtime ?? '',
    network: hostConfig.NetworkMode,
    // Docker writes an empty text for a container that does not run.
    address: networks[hostConfig.NetworkMode]?.IPAddress || null,
    attachedNetworks: Object.keys(networks),
    tty: config.Tty,
  };
}
