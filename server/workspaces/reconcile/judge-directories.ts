import { finding, type Finding } from '@/server/workspaces/reconcile/finding';
import { hasRow, type KnownRows } from '@/server/workspaces/reconcile/known-rows';
import { isId, runNamedBy, workspaceOf, type Machine, type SeenDirectories, type SeenDirectory } from '@/server/workspaces/reconcile/machine';

export interface OrphanAges {
  /** What has no row may be about to get one: only what has not changed for so long is an orphan. */
  directoryMs: number;
  /** Secrets of other installs lie in the same place: what this database does not know is theirs until then. */
  unknownSecretMs: number;
}

export const orphanAges: OrphanAges = { directoryMs: 10 * 60_000, unknownSecretMs: 7 * 24 * 60 * 60_000 };

/** Directories against rows. Only those that are certainly nobody's are removed; files that may be somebody's work are shown. */
export function judgeDirectories(rows: KnownRows, machine: Machine, ages: OrphanAges): Finding[] {
  const { directories } = machine;
  if (!directories) return [];
  const old = (directory: SeenDirectory, ms: number) => machine.at.getTime() - directory.changedAt.getTime() >= ms;
  const orphan = (directory: SeenDirectory) => old(directory, ages.directoryMs);
  return [
    ...directories.workspaces.filter(orphan).flatMap((directory) => judgeWorkspaceDirectory(directory, rows)),
    ...directories.runs.filter(orphan).flatMap((directory) => judgeRunDirectory(directory, rows)),
    ...judgeExchanges(directories.exchanges.filter(orphan), rows, machine),
    ...judgeWorktrees(directories.worktrees.filter(orphan), rows, machine),
    ...judgeSecrets(directories, rows, { orphan, forgotten: (directory) => old(directory, ages.unknownSecretMs) }),
  ];
}

function judgeWorkspaceDirectory({ name, path }: SeenDirectory, rows: KnownRows): Finding[] {
  if (hasRow(rows, name)) return [];
  const about = { object: 'workspace-directory' as const, name: path, workspaceId: isId(name) ? name : null };
  const leave = (reason: string) => [finding({ ...about, action: 'leave', reason, effect: null })];
  if (!isId(name)) return leave('It lies among the files of workspaces, but Anyon did not make it. It is never touched.');
  if (!rows.ownsDirectory) return leave(otherDatabase);
  if (rows.past.get(name) !== 'delete') return leave('These are the files of a workspace that this database does not have, and nothing says that it was deleted. Look into them, then remove them by hand if nobody needs them.');
  return [finding({ ...about, action: 'remove', reason: 'Its workspace was deleted; files were left behind. They are removed.', effect: { do: 'remove-directory', path, owner: { kind: 'workspace', id: name } } })];
}

const otherDatabase = 'The data directory was last used with another database, which may still know it. It is left alone.';

function judgeRunDirectory({ name, path }: SeenDirectory, rows: KnownRows): Finding[] {
  if (rows.runs.has(name) || !isId(name)) return [];
  const about = { object: 'run-directory' as const, name: path, workspaceId: null };
  if (!rows.ownsDirectory) return [finding({ ...about, action: 'leave', reason: otherDatabase, effect: null })];
  return [finding({ ...about, action: 'remove', reason: 'The run was deleted with its workspace; its log was left behind. It is removed.', effect: { do: 'remove-directory', path, owner: { kind: 'run', id: name } } })];
}

/** What commands of a start-up are called; they live only while a task has the workspace. */
const startUpCommand = /^(?:clone|setup)(?:-[a-z0-9]+)?$/;

/** Raw output of what is over: what a worker that died between the last move and the last step did not remove. */
function judgeExchanges(exchanges: SeenDirectories['exchanges'], rows: KnownRows, machine: Machine): Finding[] {
  return exchanges.flatMap(({ name, path, workspaceId }) => {
    const known = rows.workspaces.get(workspaceId);
    const runId = runNamedBy(name);
    if (!known || known.openTask || !(isId(runId) || startUpCommand.test(name)) || rows.runs.get(runId)?.live) return [];
    const container = runningContainer(workspaceId, rows, machine);
    const reason = rows.runs.has(runId) ? 'The run is over and its log is kept; the raw output was left behind. It is removed.' : 'No run and no start of this workspace uses this output any more. It is removed.';
    const effect = { do: 'remove-directory' as const, path, owner: { kind: 'command' as const, id: name, row: known.row, containerId: container } };
    return [finding({ object: 'exchange-directory', name: path, workspaceId, action: 'remove', reason, effect })];
  });
}

/** Working trees of runs that are gone. Git and the container's own user take them away, so only where it runs; and only if nothing in them is unsaved. */
function judgeWorktrees(worktrees: SeenDirectories['worktrees'], rows: KnownRows, machine: Machine): Finding[] {
  return worktrees.flatMap(({ name, path, workspaceId }) => {
    const known = rows.workspaces.get(workspaceId);
    if (!known || known.openTask || !isId(name) || rows.runs.has(name)) return [];
    const about = { object: 'worktree' as const, name: path, workspaceId };
    const containerId = runningContainer(workspaceId, rows, machine);
    if (containerId === null) return [finding({ ...about, action: 'leave', reason: 'No run has this working tree. It is looked into when the workspace runs.', effect: null })];
    return [finding({ ...about, action: 'remove', reason: 'No run has this working tree. It is removed if nothing in it is unsaved.', effect: { do: 'remove-worktree', containerId, runId: name } })];
  });
}

function runningContainer(workspaceId: string, rows: KnownRows, machine: Machine): string | null {
  const found = machine.containers.find((container) => container.status === 'running' && workspaceOf(container.labels, rows.instance) === workspaceId);
  return found?.id ?? null;
}

interface Age {
  orphan: (directory: SeenDirectory) => boolean;
  forgotten: (directory: SeenDirectory) => boolean;
}

/** The sweep of server/runs/sweep-secrets.ts is there in seconds; this finds what it leaves alone, and says in a report what there is. */
function judgeSecrets({ secrets }: SeenDirectories, rows: KnownRows, age: Age): Finding[] {
  return secrets.filter(age.orphan).flatMap((directory) => {
    const { name, path, workspaceId } = directory;
    const runId = runNamedBy(name);
    const ours = rows.runs.has(runId) || hasRow(rows, workspaceId);
    const live = rows.runs.get(runId)?.live || (name === `clone-${workspaceId}` && rows.workspaces.get(workspaceId)?.openTask);
    if (live || (!ours && !age.forgotten(directory))) return [];
    const reason = ours ? 'What was given these secrets is over; they were left behind. They are removed.' : 'Nothing of this install was given these secrets, and they have lain there for a week. They are removed.';
    const effect = { do: 'remove-directory' as const, path, owner: { kind: 'run' as const, id: runId } };
    return [finding({ object: 'secret-directory', name: path, workspaceId: hasRow(rows, workspaceId) ? workspaceId : null, action: 'remove', reason, effect })];
  });
}
