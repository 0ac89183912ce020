import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';
import type { Mount } from '@/server/deployment/mounts';
import { workspaceDir } from '@/server/deployment/paths';
import { chooseProjectId, projectIds, readProjectUse, setProjectId, setProjectLimit } from '@/server/deployment/project-quota';
import { findQuotaSupport, type QuotaSupport } from '@/server/deployment/quota-support';
import { measureDiskUse } from '@/server/deployment/disk-use';

const supportKeptMs = 60_000;

/**
 * Whether the file system itself can limit a workspace's directory, with the reason as a sentence. Looked up at most once a
 * minute. Where it cannot, workspaces above their limit are stopped once that is measured (server/workspaces/metrics).
 */
export async function diskQuotaSupport(): Promise<{ supported: boolean; reason: string }> {
  const { supported, reason } = await quotaSupport();
  return { supported, reason };
}

function quotaSupport(): Promise<QuotaSupport> {
  const state = processState<{ at: number; answer: Promise<QuotaSupport> | null }>('quota-support', () => ({ at: 0, answer: null }));
  if (state.answer === null || performance.now() - state.at > supportKeptMs) Object.assign(state, { at: performance.now(), answer: findQuotaSupport() });
  return state.answer as Promise<QuotaSupport>;
}

/**
 * Makes the file system hold the workspace's directory (which must exist) to so many bytes, files and exchange together;
 * null lifts the limit. Safe to repeat, and quick unless files from before have to be marked. A process that writes more
 * gets "no space left" or "quota exceeded". Does nothing where the file system cannot: with ANYON_DISK_QUOTA=required a
 * limit is then refused with `precondition`.
 */
export async function applyDiskQuota(workspaceId: string, bytes: number | null): Promise<void> {
  const support = await quotaSupport();
  if (support.supported) {
    const id = await inTurn(() => projectOf(support.mount, workspaceId));
    return setProjectLimit(support.mount, id, bytes);
  }
  if (bytes === null || env().ANYON_DISK_QUOTA !== 'required') return;
  throw new AnyonError('precondition', `This workspace has a disk limit, and this machine cannot hold it to that. ${support.reason} Or take the limit away, or set ANYON_DISK_QUOTA=auto.`);
}

/** Of these, the workspaces whose directory is not marked for its limit; none where the file system cannot hold one to any. */
export async function workspacesWithoutQuota(workspaceIds: readonly string[]): Promise<Set<string>> {
  if (workspaceIds.length === 0 || !(await quotaSupport()).supported) return new Set();
  const there = workspaceIds.filter((id) => existsSync(workspaceDir(id)));
  const ids = await projectIds(there.map((id) => workspaceDir(id)));
  return new Set(there.filter((id) => (ids.get(workspaceDir(id)) ?? 0) === 0));
}

/** The number of the workspace's directory, given to it now if it has none. */
async function projectOf(mount: Mount, workspaceId: string): Promise<number> {
  const directory = workspaceDir(workspaceId);
  const parent = path.dirname(directory);
  const siblings = (await readdir(parent)).map((name) => path.join(parent, name));
  const ids = await projectIds(siblings);
  const own = ids.get(directory) ?? 0;
  if (own !== 0) return own;
  const id = chooseProjectId(workspaceId, new Set(ids.values()));
  await setProjectId(mount, directory, id);
  return id;
}

/** Two that choose a number at the same moment could choose the same. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const state = processState<{ last: Promise<unknown> }>('quota-turn', () => ({ last: Promise.resolve() }));
  const result = state.last.then(work, work);
  state.last = result.catch(() => undefined);
  return result;
}

/**
 * Bytes that the workspace's directory takes on disk: from the file system's own count where it keeps one, else measured
 * (which takes seconds for many files). Null when it cannot be told.
 */
export async function readDiskUse(workspaceId: string): Promise<number | null> {
  const support = await quotaSupport();
  const directory = workspaceDir(workspaceId);
  if (!support.supported) return measureDiskUse(directory);
  const [ids, report] = await Promise.all([projectIds([directory]), readProjectUse(support.mount)]);
  const id = ids.get(directory) ?? 0;
  if (id === 0 || 'reason' in report) return measureDiskUse(directory);
  return report.use.get(id) ?? 0;
}
