import type { EgressLevel } from '@/contract/egress';
import type { ContainerEngine, ContainerSpec, EngineContainer, ResourceLimits } from '@/server/containers/engine';
import { claimSubnet } from '@/server/egress/claim-subnet';
import { workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { AnyonError, isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { assertSecretsInPlace } from '@/server/secrets/injection/assert-in-place';
import { takeCheckpoints } from '@/server/workspaces/checkpoints/take-checkpoints';
import type { TaskWork } from '@/server/workspaces/tasks/task-work';
import { containerName, SPEC_LABEL, workspaceContainerSpec, workspaceLabels, workspaceUser } from '@/server/workspaces/workspace-container';

export interface StartedContainer {
  id: string;
  startedAt: Date | null;
  image: string;
  egressLevel: EgressLevel;
  runtime: string | null;
}

/**
 * The workspace's container, started, in its network, as the row wants it: one from an earlier try is taken when it was made
 * from the same specification, and with a restart from the same image; else its work is kept and it is made anew. Limits of one that is taken are set to what the
 * row says. Throws `precondition` when it does not see its place for secrets as it must.
 */
export async function ensureContainer(work: TaskWork): Promise<StartedContainer> {
  const { engine, workspace, attendants, signal } = work;
  const spec = workspaceContainerSpec(workspace);
  const found = await usableContainer(work, spec.labels[SPEC_LABEL] ?? ''); // first, for a network in use cannot be replaced
  const id = found ? await startFound(work, found, spec) : await startNew(work, spec);
  attendants.call(id, workspaceUser().text); // on its way while the rest is made ready
  await failpoint('start.container-started');
  const started = await engine.inspectContainer(id, signal);
  await assertSecretsInPlace(engine, { workspaceId: workspace.id, containerId: id, injected: null }, signal, attendants);
  return { id, startedAt: started?.startedAt ? new Date(started.startedAt) : null, image: workspace.image, egressLevel: workspace.egressLevel, runtime: started?.runtime ?? null };
}

async function makeNetwork({ engine, workspace, signal }: TaskWork): Promise<void> {
  await claimSubnet(workspace.id, await engine.ensureNetwork(workspaceNetworkSpec(workspace), signal));
  await failpoint('start.network-made');
}

/** Network and container are made side by side: the engine brings them together only at the start. When one fails, the other has come to its end. */
async function startNew(work: TaskWork, spec: ContainerSpec): Promise<string> {
  const [network, container] = await Promise.allSettled([makeNetwork(work), makeContainer(work, spec)]);
  if (network.status === 'rejected') throw network.reason;
  if (container.status === 'rejected') throw container.reason;
  await work.engine.startContainer(container.value, work.signal);
  return container.value;
}

async function makeContainer({ engine, signal }: TaskWork, spec: ContainerSpec): Promise<string> {
  try {
    const id = await engine.createContainer(spec, signal);
    await failpoint('start.container-created');
    return id;
  } catch (error) {
    if (isAnyonError(error) && error.kind === 'conflict') await assertNameIsFree(engine, spec, signal);
    throw error;
  }
}

/** One that still asks for a network that was removed, by an id that no new one has, can never start again: it is made anew. */
async function startFound(work: TaskWork, found: EngineContainer, spec: ContainerSpec): Promise<string> {
  const { engine, signal } = work;
  await makeNetwork(work);
  if (differ(found.limits, spec.limits)) await engine.updateLimits(found.id, spec.limits, signal);
  try {
    await engine.startContainer(found.id, signal);
    return found.id;
  } catch (error) {
    if (!isAnyonError(error) || !/network\b.*not found/i.test(error.message)) throw error;
    await engine.removeContainer(found.id, signal);
    return startNew(work, spec);
  }
}

/** One of ours that was made from this specification, under its right name; what else is ours is removed, its work kept before. */
async function usableContainer({ engine, workspace, task, signal, progress }: TaskWork, wanted: string): Promise<EngineContainer | null> {
  const name = containerName(workspace.id);
  const own = await engine.listContainers(workspaceLabels(workspace.id), signal);
  // What a program has put beside the workspace's files goes with a container: only who asks for a restart gets a newer image of the same name.
  const image = task.kind === 'restart' ? (await engine.ensureImage(workspace.image, { pull: 'never', signal })).id : null;
  const fits = own.filter(({ labels, status, imageId }) => labels[SPEC_LABEL] === wanted && status !== 'dead' && status !== 'removing' && (image === null || imageId === image));
  const chosen = fits.find(({ id }) => id === workspace.containerId) ?? fits.find((container) => container.name === name) ?? fits[0] ?? null;
  for (const container of own) {
    if (container === chosen) continue;
    if (container.status === 'running' && container.name === name) await takeCheckpoints(engine, workspace, 'image', signal, progress);
    await engine.removeContainer(container.id, signal);
  }
  if (chosen && chosen.name !== name) await engine.renameContainer(chosen.id, name, signal);
  if (chosen?.status === 'paused') await engine.unpauseContainer(chosen.id, signal); // starting is no way out of a pause
  return chosen;
}

/** A container of that name without our labels is somebody else's and is left alone. One with them was made by a call that was given up, after we had looked. */
async function assertNameIsFree(engine: ContainerEngine, { name, labels }: ContainerSpec, signal: AbortSignal): Promise<void> {
  const found = await engine.inspectContainer(name, signal);
  if (found === null) return;
  const ours = Object.entries(labels).every(([label, value]) => label === SPEC_LABEL || found.labels[label] === value);
  if (ours) throw new AnyonError('conflict', `The container ${name} appeared just now: Docker had been slow to make it. It is taken as it is with the next try.`);
  throw new AnyonError('precondition', `A container named ${name} exists already and was not made by Anyon. Remove or rename it, then start the workspace again.`);
}

function differ(one: ResourceLimits, other: ResourceLimits): boolean {
  return one.memoryBytes !== other.memoryBytes || one.cpus !== other.cpus || one.pids !== other.pids;
}
