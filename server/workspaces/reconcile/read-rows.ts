import { and, asc, inArray } from 'drizzle-orm';
import { isFinal, runStatuses } from '@/contract/run';
import { openTaskStatuses, type TaskKind } from '@/contract/task';
import { runs, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { networkName } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { queuedTaskIds } from '@/server/queue/queue';
import { workThatIsOver } from '@/server/workspaces/checkpoints/sweep-removed-work';
import { ownsDataDirectory } from '@/server/workspaces/reconcile/directory-owner';
import type { KnownRows, KnownRun, KnownWorkspace, OpenTask } from '@/server/workspaces/reconcile/known-rows';
import { isId, runNamedBy, workspaceOf, type Machine } from '@/server/workspaces/reconcile/machine';
import { containerName, SPEC_LABEL, workspaceContainerSpec } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const liveRunStatuses = runStatuses.filter((status) => !isFinal(status));

/** The rows that say what should be on the machine; those of some workspaces alone when `only` names them. */
export async function readWorkspaces(only: readonly string[] | null): Promise<KnownWorkspace[]> {
  const rows = await database().select().from(workspaces).where(only ? inArray(workspaces.id, [...only]) : undefined);
  const open = await readOpenTasks(only);
  return rows.map((row) => describe(row, open.get(row.id) ?? null));
}

/** A row with the names and the label that its objects should have. */
export function describe(row: WorkspaceRow, openTask: OpenTask | null): KnownWorkspace {
  return { row, containerName: containerName(row.id), networkName: networkName(row.id), spec: workspaceContainerSpec(row).labels[SPEC_LABEL] ?? null, openTask };
}

/** Of these, the workspaces that a task has in its hands at this moment. One that waits for room has nothing in its hands yet. */
export async function workspacesWithTask(ids: readonly string[]): Promise<Set<string>> {
  const rows = await database()
    .selectDistinct({ workspaceId: tasks.workspaceId })
    .from(tasks)
    .where(and(inArray(tasks.workspaceId, [...ids]), inArray(tasks.status, ['queued', 'running', 'retrying'])));
  return new Set(rows.map(({ workspaceId }) => workspaceId));
}

async function readOpenTasks(only: readonly string[] | null): Promise<Map<string, OpenTask>> {
  const mine = only ? inArray(tasks.workspaceId, [...only]) : undefined;
  const rows = await database()
    .select({ id: tasks.id, workspaceId: tasks.workspaceId, kind: tasks.kind, status: tasks.status, since: tasks.statusSince, retryAt: tasks.retryAt })
    .from(tasks)
    .where(and(mine, inArray(tasks.status, [...openTaskStatuses])))
    .orderBy(asc(tasks.fence)); // the newest of a workspace wins
  if (rows.length === 0) return new Map();
  const queued = await queuedTaskIds();
  return new Map(rows.map(({ workspaceId, retryAt, since, ...task }) => [workspaceId, { ...task, since: retryAt ?? since, hasJob: task.status === 'waiting' || queued.has(task.id) }]));
}

/** Completes the rows for a comparison with what was seen: what is known of the things that none of them has. */
export async function readRows(known: readonly KnownWorkspace[], machine: Machine): Promise<KnownRows> {
  const { ANYON_INSTANCE: instance } = env();
  const byId = new Map(known.map((workspace) => [workspace.row.id, workspace]));
  const strangers = strangersOn(machine, instance, byId);
  const late = strangers.length === 0 ? [] : await database().select({ id: workspaces.id }).from(workspaces).where(inArray(workspaces.id, strangers));
  const newcomers = new Set(late.map(({ id }) => id));
  const gone = strangers.filter((id) => !newcomers.has(id));
  return {
    instance,
    workspaces: byId,
    newcomers,
    past: await readPast(gone),
    runs: await readRuns(machine),
    workThatIsOver: machine.directories ? await workThatIsOver() : [],
    ownsDirectory: machine.directories !== null && (await ownsDataDirectory()),
  };
}

/** Workspaces that something on the machine says to belong to, and that were not among the rows. */
function strangersOn({ containers, networks, directories }: Machine, instance: string, known: ReadonlyMap<string, KnownWorkspace>): string[] {
  const labelled = [...containers, ...networks].map(({ labels }) => workspaceOf(labels, instance));
  const named = (directories?.workspaces ?? []).map(({ name }) => (isId(name) ? name : null));
  return [...new Set([...labelled, ...named])].filter((id) => id !== null).filter((id) => !known.has(id));
}

/** The latest task of each: a workspace that is gone ended with its deletion. */
async function readPast(ids: readonly string[]): Promise<Map<string, TaskKind>> {
  if (ids.length === 0) return new Map();
  const rows = await database().select({ workspaceId: tasks.workspaceId, kind: tasks.kind }).from(tasks).where(inArray(tasks.workspaceId, [...ids])).orderBy(asc(tasks.createdAt));
  return new Map(rows.map(({ workspaceId, kind }) => [workspaceId, kind]));
}

/** Of the runs that something on the machine is named after. */
async function readRuns({ directories }: Machine): Promise<Map<string, KnownRun>> {
  const { runs: logs = [], exchanges = [], worktrees = [], secrets = [] } = directories ?? {};
  const ids = [...new Set([...logs, ...exchanges, ...worktrees, ...secrets].map(({ name }) => runNamedBy(name)).filter(isId))];
  const found = new Map<string, KnownRun>();
  for (let at = 0; at < ids.length; at += 1_000) {
    const rows = await database().select({ id: runs.id, workspaceId: runs.workspaceId, status: runs.status }).from(runs).where(inArray(runs.id, ids.slice(at, at + 1_000)));
    for (const { id, workspaceId, status } of rows) found.set(id, { workspaceId, live: liveRunStatuses.includes(status) });
  }
  return found;
}
