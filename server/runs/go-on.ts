import { asc, eq } from 'drizzle-orm';
import { runs, users, workspaces } from '@/db/schema';
import { canClaudeSignIn } from '@/server/connections/claude/claude-health';
import { claudeSourceFor, type ClaudeSource } from '@/server/connections/claude/claude-source';
import { canGitHubSignIn } from '@/server/connections/github/github-health';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { enqueueRun } from '@/server/queue/queue';
import { clearAttempt } from '@/server/runs/clear-attempt';
import { mayGoOn } from '@/server/runs/go-on-pace';
import { settleNeedAlerts } from '@/server/runs/questions/need-alert';
import { resolveLimitAlert, settleLimitAlerts } from '@/server/runs/limit-alert';
import { claudeSecretOf } from '@/server/runs/park-run';
import { prepareWorkspace } from '@/server/runs/parked-workspace';
import { addAttempt } from '@/server/runs/run-attempt';
import { moveRun, type RunRow } from '@/server/runs/run-status';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

interface ParkedRun {
  run: RunRow;
  workspace: WorkspaceRow;
}

/** Everybody whose limit resets at the same second would come back in it. */
const MOST_JITTER_MS = 4_000;

/**
 * Lets parked runs go on whose time has come, person by person: those that wait for a limit when it has reset, those that wait for
 * a sign-in when there is another, those that did not reach Claude after a pause. All that counts is in the rows; a run goes on once, however often this is called.
 */
export async function goOnWithParkedRuns(): Promise<void> {
  await settleLimitAlerts();
  await settleNeedAlerts();
  const rows = await database()
    .select({ run: runs, workspace: workspaces, disabledAt: users.disabledAt })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .innerJoin(users, eq(users.id, runs.startedById))
    .where(eq(runs.status, 'parked'))
    .orderBy(asc(runs.parkedUntil), asc(runs.createdAt), asc(runs.id));
  const byPerson = Map.groupBy(rows.filter(({ disabledAt }) => disabledAt === null), ({ run }) => run.startedById);
  for (const [userId, parked] of byPerson) {
    try {
      await goOnFor(userId, parked);
    } catch (error) {
      log().warn({ err: error, userId }, 'parked runs: cannot go on at this moment, looking again');
    }
  }
}

async function goOnFor(userId: string, parked: readonly ParkedRun[]): Promise<void> {
  let room: number | null = null;
  for (const { run, workspace } of parked) {
    if (run.parkedFor === null) {
      await goOnAtOnce(run, workspace);
      continue;
    }
    if (!(await isDue(run))) continue;
    room ??= await mayGoOn(userId);
    if (room === 0) return;
    const source = await sourceFor(run);
    const obstacle = typeof source === 'string' ? source : await prepareWorkspace(run, workspace);
    if (obstacle !== null) await tell(run, obstacle);
    else if (typeof source !== 'string' && (await goOn(run, source))) room--;
  }
}

/** For a run that waits for nothing: the watchdog has ended its process. Where it cannot go on just now, it is looked at again like every parked one. */
export async function goOnAtOnce(run: RunRow, workspace: WorkspaceRow): Promise<void> {
  const source = await sourceFor(run);
  const obstacle = typeof source === 'string' ? source : await prepareWorkspace(run, workspace);
  if (obstacle !== null) await tell(run, obstacle);
  else if (typeof source !== 'string') await goOn(run, source);
}

async function isDue(run: RunRow): Promise<boolean> {
  const used = await claudeSecretOf(database(), run);
  const hasAnother = () => canClaudeSignIn(database(), run.startedById, used);
  if (run.parkedFor === 'claude_sign_in') return hasAnother();
  if (run.parkedFor === 'github_sign_in') return canGitHubSignIn(database(), run.startedById);
  if (run.parkedFor === null) return false;
  const isTime = run.parkedUntil !== null && Date.now() >= run.parkedUntil.getTime() + jitter(run.id);
  if (run.parkedFor === 'claude_unreachable') return isTime;
  return isTime || (used !== null && hasAnother()); // the limit is that of the account
}

function jitter(runId: string): number {
  return Number.parseInt(runId.slice(-6), 16) % MOST_JITTER_MS;
}

/** Who answers it from now on; a sentence when nobody can. What began with an account is never handed to the simulator. */
async function sourceFor(run: RunRow): Promise<ClaudeSource | string> {
  try {
    const source = await claudeSourceFor(run.startedById);
    return source.kind === 'account' || run.simulated ? source : 'The Claude account that it used is disconnected. Connect Claude again under Settings → Connections, or stop the run.';
  } catch (error) {
    if (isAnyonError(error)) return error.message;
    throw error;
  }
}

async function tell(run: RunRow, reason: string): Promise<void> {
  if (run.statusReason !== reason) await moveRun(database(), run.id, { to: 'parked', from: ['parked'], reason, fence: run.fence });
}

/** The run takes its place in the line again; the job and the next attempt are written with the move, all or nothing. */
async function goOn(run: RunRow, source: ClaudeSource): Promise<boolean> {
  await clearAttempt(run); // a worker that ended right after it was parked had no time for that
  const queued = await database().transaction(async (transaction) => {
    // Whoever stops it for idleness locks the row as well and then looks for runs, so one of both comes first.
    const [workspace] = await transaction.select({ desired: workspaces.desired }).from(workspaces).where(eq(workspaces.id, run.workspaceId)).for('update');
    if (workspace?.desired !== 'running') return null;
    const row = await moveRun(transaction, run.id, {
      to: 'queued',
      from: ['parked'],
      reason: null,
      fence: run.fence,
      set: { attempt: run.attempt + 1, parkedFor: null, parkedUntil: null, simulated: source.kind === 'simulator' },
    });
    if (!row) return null;
    await addAttempt(transaction, run);
    if (run.parkedFor === 'usage_limit') await resolveLimitAlert(transaction, run.startedById);
    await enqueueRun(transaction, { runId: run.id });
    return row;
  });
  if (queued) log().info({ runId: run.id, attempt: queued.attempt }, 'run: goes on');
  return queued !== null;
}
