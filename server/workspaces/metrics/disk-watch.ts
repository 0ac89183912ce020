import type { ContainerEngine } from '@/server/containers/engine';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { diskQuotaSupport, readDiskUse } from '@/server/deployment/disk-quota';
import { measureDiskUse } from '@/server/deployment/disk-use';
import { workspaceDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';
import { findGrowingWorkspaces, type GrowingWorkspace } from '@/server/workspaces/metrics/disk-rows';
import { tooMuch, type DiskUse } from '@/server/workspaces/metrics/disk-verdict';
import { lastKnownDiskUse } from '@/server/workspaces/metrics/metrics-rows';
import { requestTask } from '@/server/workspaces/tasks/request-task';

const MINUTE = 60_000;
const MEASURE_EVERY_MS = 5 * MINUTE;
/** One that has too much is looked at more often: somebody may be clearing it up. */
const LOOK_AGAIN_MS = MINUTE;
/** After a start, so that files can be deleted. */
const GRACE_MS = 5 * MINUTE;
/** How often the file system's own count is held against the files themselves. */
const VERIFY_EVERY_MS = 30 * MINUTE;

type Measured = DiskUse & { at: number; verifiedAt: number; over: boolean };

/**
 * Measures what workspaces have on disk: every five minutes, soon after a run has ended, one after the other. Stops those
 * that have more than their limit, unless ANYON_DISK_QUOTA is off: where the file system cannot hold them to it that is the
 * only bound, and where it can it finds who has evaded it.
 */
export class DiskWatch {
  readonly #engine: ContainerEngine;
  readonly #measured = new Map<string, Measured>();
  #begun = false;

  constructor(engine: ContainerEngine) {
    this.#engine = engine;
  }

  /** Bytes of files, exchange and the container's own files together, as last measured; null before that. */
  bytesOf(workspaceId: string): number | null {
    const measured = this.#measured.get(workspaceId);
    return measured ? measured.files + measured.container : null;
  }

  /** Measures those whose time has come. */
  async look(signal: AbortSignal): Promise<void> {
    await this.#begin();
    const workspaces = await findGrowingWorkspaces();
    const living = new Set(workspaces.map(({ id }) => id));
    for (const id of this.#measured.keys()) if (!living.has(id)) this.#measured.delete(id);
    for (const workspace of workspaces) {
      if (signal.aborted) return;
      if (!isDue(workspace, this.#measured.get(workspace.id), Date.now())) continue;
      await this.#measure(workspace, signal).catch((error: unknown) => {
        if (!signal.aborted) log().debug({ workspaceId: workspace.id, reason: describeError(error) }, 'disk use: a workspace cannot be measured');
      });
    }
  }

  /** What the worker before this one knew is shown until it is measured anew. */
  async #begin(): Promise<void> {
    if (this.#begun) return;
    for (const [id, files] of await lastKnownDiskUse()) this.#measured.set(id, { files, container: 0, at: 0, verifiedAt: 0, over: false });
    this.#begun = true;
  }

  async #measure(workspace: GrowingWorkspace, signal: AbortSignal): Promise<void> {
    const at = Date.now();
    const before = this.#measured.get(workspace.id);
    const { supported: held } = await diskQuotaSupport();
    const verify = held && workspace.limitBytes !== null && at - (before?.verifiedAt ?? 0) >= VERIFY_EVERY_MS;
    const files = verify ? await measureDiskUse(workspaceDir(workspace.id)) : await readDiskUse(workspace.id);
    const container = await this.#engine.readOwnFilesBytes(workspace.containerId, signal);
    if (files === null) return;
    const use = { files, container: container ?? 0 };
    const bytes = workspace.limitBytes === null ? null : tooMuch(use, workspace.limitBytes, held);
    this.#measured.set(workspace.id, { ...use, at, verifiedAt: verify ? at : (before?.verifiedAt ?? 0), over: bytes !== null });
    const inGrace = workspace.startedAt !== null && at - workspace.startedAt.getTime() < GRACE_MS;
    if (bytes !== null && workspace.limitBytes !== null && !inGrace && env().ANYON_DISK_QUOTA !== 'off') await stopFull(workspace.id, bytes, workspace.limitBytes);
  }
}

/** Whether it is time to measure it. */
export function isDue(workspace: Pick<GrowingWorkspace, 'lastRunEndedAt'>, measured: Pick<Measured, 'at' | 'over'> | undefined, now: number): boolean {
  if (!measured) return true;
  if ((workspace.lastRunEndedAt?.getTime() ?? 0) > measured.at) return true;
  return now - measured.at >= (measured.over ? LOOK_AGAIN_MS : MEASURE_EVERY_MS);
}

/** Asks for the stop; a task that is under way goes first, and the next look asks again. */
async function stopFull(workspaceId: string, bytes: number, limitBytes: number): Promise<void> {
  const why = `It has ${bytesInWords(bytes, 'up')} on disk, and its limit is ${bytesInWords(limitBytes)}.`;
  const lastError = maskTokens(`${why} It was stopped so that the VM's disk does not run full. Start it and delete files within five minutes, or give it more disk.`);
  try {
    await requestTask({ workspaceId, kind: 'stop', cause: 'reconcile', requestedById: null, reason: `Stopping the container. ${why}`, set: { lastError, lastErrorClass: 'storage', lastErrorAt: new Date() } });
  } catch (error) {
    if (!isAnyonError(error) || (error.kind !== 'conflict' && error.kind !== 'not_found')) throw error;
  }
}
