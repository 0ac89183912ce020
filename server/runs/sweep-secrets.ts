import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { and, eq, inArray, isNotNull, isNull } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { runs, secrets, secretUses, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { secretsDir } from '@/server/deployment/paths';
import { hasSecretsDirAlone, isOwnName, secretsStagingDir } from '@/server/deployment/secrets-place';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { attemptId } from '@/server/runs/run-place';
import { liveLeases } from '@/server/runs/publishing/publish-lease';
import { hasTakenCredential, takeBackCredential } from '@/server/runs/run-secrets';
import { withdrawSecrets } from '@/server/secrets/injection/inject-secrets';
import { noteEndOfUses } from '@/server/secrets/injection/secret-uses';
import { isBeingStaged, PLACE_MARK, removeSecretFile, removeWorkspaceSecrets } from '@/server/secrets/injection/secret-folder';
import { isId } from '@/server/workspaces/reconcile/machine';
import { workspacesWithTask } from '@/server/workspaces/reconcile/read-rows';
import { cloneAttempt } from '@/server/workspaces/tasks/clone-token';

/** What cannot be removed is not tried, and told, again before this. */
const TRY_AGAIN_MS = 30_000;

interface Seen {
  workspaceId: string;
  /** Names in the workspace's folder. */
  names: string[];
}

/**
 * Takes away every secret whose time is over and that nobody else has taken away: of attempts that are not live (a worker died, a
 * removal failed), of secrets that were deleted meanwhile, of credentials that the wrapper has read, of nobody at all. No link is followed.
 * Asks first what is there and then who lives, so what is put there meanwhile is never taken for an orphan. Safe at any moment.
 */
export async function sweepSecrets(): Promise<void> {
  await sweepFolders();
  await endUsesThatAreOver();
}

async function sweepFolders(): Promise<void> {
  const top = await readdir(secretsDir(), { withFileTypes: true }).catch(nothingThere);
  if (top.length === 0) return;
  const staged = await readdir(secretsStagingDir()).catch(nothingThere);
  const foreign = top.filter((entry) => !isOwnName(entry.name) && !(entry.isDirectory() && isId(entry.name)));
  const seen = await Promise.all(top.filter((entry) => entry.isDirectory() && isId(entry.name)).map(async ({ name }) => ({ workspaceId: name, names: await readdir(path.join(secretsDir(), name)).catch(nothingThere) })));
  const alone = await hasSecretsDirAlone();

  for (const name of staged) if (!isBeingStaged(name)) await removeAnything(path.join(secretsStagingDir(), name));
  if (alone) for (const { name } of foreign) await removeAnything(path.join(secretsDir(), name));
  const known = await knownWorkspaces(seen);
  const live = await liveAttempts(seen);
  for (const folder of seen) if (alone || known.has(folder.workspaceId)) await sweepWorkspace(folder, known.has(folder.workspaceId), live);
  await removeDeleted();
}

async function sweepWorkspace({ workspaceId, names }: Seen, isKnown: boolean, live: ReadonlySet<string>): Promise<void> {
  for (const name of names) {
    if (name === PLACE_MARK || live.has(`${workspaceId}/${name}`)) continue;
    if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(name)) await attempt(`${workspaceId}/${name}`, () => withdrawSecrets({ workspaceId, attempt: name }));
    else await removeAnything(path.join(secretsDir(), workspaceId, name));
  }
  if (!isKnown) await attempt(workspaceId, () => removeWorkspaceSecrets(workspaceId));
}

async function knownWorkspaces(seen: readonly Seen[]): Promise<Set<string>> {
  if (seen.length === 0) return new Set();
  const rows = await database().select({ id: workspaces.id }).from(workspaces).where(inArray(workspaces.id, seen.map(({ workspaceId }) => workspaceId)));
  return new Set(rows.map(({ id }) => id));
}

/** `<workspace>/<attempt>` of what is under way. The attempt of a parked run is over. */
async function liveAttempts(seen: readonly Seen[]): Promise<Set<string>> {
  const live = new Set<string>();
  const runIds = seen.flatMap(({ names }) => names.map((name) => name.slice(0, 36)).filter(isId));
  if (runIds.length > 0) {
    const rows = await database().select({ id: runs.id, workspaceId: runs.workspaceId, attempt: runs.attempt, status: runs.status }).from(runs).where(inArray(runs.id, runIds));
    for (const run of rows) {
      if (isFinal(run.status) || run.status === 'parked') continue;
      live.add(`${run.workspaceId}/${attemptId(run)}`);
      if (await hasTakenCredential(run)) await attempt(`${run.id} credential`, () => takeBackCredential(run));
    }
  }
  const pushing = await liveLeases(seen.flatMap(({ names }) => names.filter(isId)));
  for (const { workspaceId, names } of seen) for (const name of names) if (pushing.has(name)) live.add(`${workspaceId}/${name}`);
  const cloning = seen.filter(({ workspaceId, names }) => names.includes(cloneAttempt(workspaceId))).map(({ workspaceId }) => workspaceId);
  if (cloning.length > 0) for (const id of await workspacesWithTask(cloning)) live.add(`${id}/${cloneAttempt(id)}`);
  return live;
}

/** Secrets that a person has deleted go from runs that hold them: all but Claude's own credential, without which the run could not even end well. */
async function removeDeleted(): Promise<void> {
  const rows = await database()
    .select({ workspaceId: secretUses.workspaceId, attempt: secretUses.attempt, kind: secrets.kind, name: secrets.name })
    .from(secretUses)
    .innerJoin(secrets, eq(secrets.id, secretUses.secretId))
    .where(and(isNotNull(secrets.deletedAt), isNull(secretUses.endedAt), inArray(secrets.kind, ['custom', 'github'])));
  for (const { workspaceId, kind, name, ...use } of rows) {
    if (workspaceId === null) continue;
    const file = kind === 'custom' ? `env/${name}` : 'github';
    await attempt(`${workspaceId}/${use.attempt}/${file}`, () => removeSecretFile({ workspaceId, attempt: use.attempt }, file));
  }
}

/** A worker may have died between the files and the row: what is not there any more, of an attempt that is over, is not in use. */
async function endUsesThatAreOver(): Promise<void> {
  const rows = await database()
    .selectDistinct({ use: secretUses.attempt, id: runs.id, workspaceId: runs.workspaceId, attempt: runs.attempt, status: runs.status })
    .from(secretUses)
    .innerJoin(runs, eq(runs.id, secretUses.runId))
    .where(isNull(secretUses.endedAt));
  for (const { use, ...run } of rows) {
    const over = use.startsWith(run.id) && (isFinal(run.status) || run.status === 'parked' || use !== attemptId(run)); // a push has a name of its own
    if (over && !(await lstat(path.join(secretsDir(), run.workspaceId, use)).catch(() => null))) await noteEndOfUses(use);
  }
}

async function removeAnything(place: string): Promise<void> {
  if (await lstat(place).catch(() => null)) await attempt(place, () => rm(place, { recursive: true, force: true }));
}

/** What fails here has raised an alert where a secret may still be; the rest of the sweep goes on. */
async function attempt(what: string, remove: () => Promise<void>): Promise<void> {
  const failed = processState('secrets-not-removed', () => new Map<string, number>());
  if ((failed.get(what) ?? 0) > Date.now()) return;
  try {
    await remove();
    failed.delete(what);
  } catch (error) {
    failed.set(what, Date.now() + TRY_AGAIN_MS);
    log().warn({ what, reason: describeError(error) }, 'secrets: what is over could not be removed, it is tried again');
  }
}

function nothingThere(error: unknown): [] {
  if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
  throw error;
}
