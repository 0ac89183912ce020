import type { ContainerEngine, ContainerSummary, EngineNetwork } from '@/server/containers/engine';
import { env } from '@/server/env';
import { isAnyonError } from '@/server/errors';
import { findLostFiles } from '@/server/workspaces/reconcile/look-at-directories';
import { inTime, inTurns } from '@/server/workspaces/reconcile/in-time';
import { workspaceOf, type Machine, type SeenContainer } from '@/server/workspaces/reconcile/machine';
import type { KnownWorkspace } from '@/server/workspaces/reconcile/known-rows';

/** An engine that is well answers a list in milliseconds. */
const LIST_MS = 8_000;
/** One container may hang although the engine is well: it then counts as the list says. */
const INSPECT_MS = 4_000;

/** Questions to the engine at the same time. */
const AT_ONCE = 4;

/** What of the machine is looked at: everything, or what belongs to these workspaces. */
export type Scope = readonly string[] | 'everything';

/**
 * Asks the engine what there is. Three questions however many workspaces there are; only what does not run, or what a row does
 * not know, is asked about one by one. Throws when the engine cannot be asked.
 */
export async function lookAtEngine(engine: ContainerEngine, known: readonly KnownWorkspace[], scope: Scope, signal?: AbortSignal): Promise<Omit<Machine, 'directories' | 'protection'>> {
  const at = new Date();
  const [containers, networks] = scope === 'everything' ? await lookAtAll(engine, signal) : await lookAtSome(engine, scope, signal);
  const rows = new Map(known.map((one) => [one.row.id, one]));
  const seen = await inTurns(containers, (container) => lookCloser(engine, container, rows, scope, signal), AT_ONCE);
  const images = new Set(known.filter(({ row }) => row.status === 'running').map(({ row }) => row.image));
  const lostFiles = await findLostFiles(known.filter(({ row }) => row.clonedAt !== null && row.status !== 'stopped').map(({ row }) => row.id));
  return { at, containers: seen.filter((one) => one !== null), networks, lostFiles, absentImages: await absent(engine, images, signal) };
}

type Listed = [ContainerSummary[], EngineNetwork[]];

async function lookAtAll(engine: ContainerEngine, signal: AbortSignal | undefined): Promise<Listed> {
  const { ANYON_INSTANCE: instance } = env();
  const [ours, named, networks] = await inTime(LIST_MS, signal, (within) =>
    Promise.all([
      engine.summarizeContainers({ labels: { 'anyon.instance': instance } }, within),
      engine.summarizeContainers({ namePrefix: `${instance}-workspace-` }, within),
      engine.listNetworks({}, within),
    ]),
  );
  const known = new Set(ours.map(({ id }) => id));
  return [[...ours, ...named.filter(({ id }) => !known.has(id))], networks];
}

async function lookAtSome(engine: ContainerEngine, workspaceIds: readonly string[], signal: AbortSignal | undefined): Promise<Listed> {
  const { ANYON_INSTANCE: instance } = env();
  return inTime(LIST_MS, signal, async (within) => {
    const networks = await engine.listNetworks({ 'anyon.instance': instance }, within);
    const lists = await inTurns(workspaceIds, (id) => engine.summarizeContainers({ labels: { 'anyon.instance': instance, 'anyon.workspace': id } }, within), AT_ONCE);
    return [lists.flat(), networks];
  });
}

/** Null for a container that has gone since it was listed. */
async function lookCloser(engine: ContainerEngine, summary: ContainerSummary, known: ReadonlyMap<string, KnownWorkspace>, scope: Scope, signal: AbortSignal | undefined): Promise<SeenContainer | null> {
  const workspaceId = workspaceOf(summary.labels, env().ANYON_INSTANCE);
  const row = workspaceId === null ? undefined : known.get(workspaceId)?.row;
  const asKnown = row?.status === 'running' && row.containerId === summary.id && row.containerStartedAt !== null;
  const plain = { ...summary, startedAt: null, exit: null };
  // An event may mean that it was started again in between; the clock alone never does.
  if (!row || (summary.status === 'running' && asKnown && scope === 'everything')) return plain;
  if (row.status === 'stopped' && row.containerId === summary.id && row.containerStatus === summary.status) return plain;
  try {
    const container = await inTime(INSPECT_MS, signal, (within) => engine.inspectContainer(summary.id, within));
    return container && { ...summary, status: container.status, name: container.name, attachedNetworks: container.attachedNetworks, startedAt: container.startedAt, exit: container.exit };
  } catch (error) {
    if (signal?.aborted) throw error;
    return plain;
  }
}

async function absent(engine: ContainerEngine, images: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<Set<string>> {
  const missing = new Set<string>();
  for (const image of images) {
    try {
      await inTime(LIST_MS, signal, (within) => engine.ensureImage(image, { pull: 'never', signal: within }));
    } catch (error) {
      if (!isAnyonError(error) || error.kind !== 'precondition') throw error;
      missing.add(image);
    }
  }
  return missing;
}
