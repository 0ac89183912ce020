import { and, eq, sql } from 'drizzle-orm';
import { runVariants } from '@/db/schema';
import { removeDetachedCommand, stopDetached } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { checkCommandOf, checkSpecOf, endOtherChecks, outputOf } from '@/server/runs/variants/check/check-command';
import { judgeCheck, type CheckEnding } from '@/server/runs/variants/check/check-ending';
import { isWanted, openChecks, type OpenCheck } from '@/server/runs/variants/check/due-checks';
import type { VariantRow } from '@/server/runs/variants/read-variants';
import { maskTokens, plainWords } from '@/server/secrets/masked-text';
import { readOutput } from '@/server/workspaces/tasks/command-output';
import { followToEnd, launchOnce, type StartCommand } from '@/server/workspaces/tasks/start-command';

const MAX_OUTPUT_BYTES = 64 * 1024 ** 2;
const LOOK_AT_ROW_EVERY_MS = 1_000;
/** So often a check may be lost with its container before it is given up. */
const MOST_LOST = 3;

/**
 * Sees one check through: a new one, or one that a worker before this has begun and that goes on in its container. Returns when its end
 * stands in the row, or when it is not wanted any more. The row says which start of it counts before it begins, so it is never on twice.
 */
export async function runCheck(engine: ContainerEngine, found: OpenCheck, containerId: string, signal: AbortSignal): Promise<void> {
  const variant = found.variant.checkState === 'waiting' ? await take(found) : found.variant;
  if (!variant) return;
  await failpoint('check.taken');
  const check = { ...found, variant };
  const command = checkCommandOf(check, containerId, signal);
  try {
    await endOtherChecks(engine, check, command);
    const ending = isWanted(check) ? await seeThrough(engine, check, command) : null;
    if (!ending) await stopDetached(engine, containerId, command.id, 2, signal);
    await removeDetachedCommand(command.directory); // before the row: a worker that dies between the two does it again, and nothing is left
    await failpoint('check.ended');
    await (ending ? settle(variant, ending) : letGo(variant));
  } catch (error) {
    signal.throwIfAborted();
    if (!isAnyonError(error)) throw error;
    await noteLost(variant, error.message); // what may be left of it is ended by the next check
  }
}

/** Null when somebody was faster, or has archived it. */
async function take({ variant, newest }: OpenCheck): Promise<VariantRow | null> {
  const [taken] = await database()
    .update(runVariants)
    .set({ checkState: 'running', checkSince: sql`now()`, checkStartedAt: sql`now()`, checkRunId: newest.id, checkAttempt: variant.checkAttempt + 1, checkReason: null, checkOutput: null, checkExitCode: null, checkMs: null })
    .where(and(isNow(variant, 'waiting'), sql`${runVariants.archivedAt} is null`, eq(runVariants.worktree, 'there')))
    .returning();
  return taken ?? null;
}

type Settled = CheckEnding & Pick<VariantRow, 'checkExitCode' | 'checkMs' | 'checkOutput'>;

/** Null when it is not wanted any more. */
async function seeThrough(engine: ContainerEngine, check: OpenCheck, command: StartCommand): Promise<Settled | null> {
  await launchOnce(engine, command, checkSpecOf(check, command));
  await failpoint('check.launched');
  const startedAt = check.variant.checkStartedAt?.getTime() ?? Date.now();
  const end = async () => stopDetached(engine, command.containerId, command.id, 2, command.signal);
  const stopped = { unwanted: false, flooded: false, late: false };
  let lookedAt = Date.now();
  const exit = await followToEnd(engine, command, async () => {
    if (stopped.unwanted || stopped.flooded || stopped.late) return;
    stopped.late = Date.now() - startedAt >= check.minutes * 60_000;
    if (Date.now() - lookedAt >= LOOK_AT_ROW_EVERY_MS) {
      lookedAt = Date.now();
      stopped.flooded = (await readOutput(command.directory, 'out', 0)).bytes > MAX_OUTPUT_BYTES;
      stopped.unwanted = !(await isStillWanted(check));
    }
    if (stopped.unwanted || stopped.flooded || stopped.late) await end();
  });
  if (stopped.unwanted || !(await isStillWanted(check))) return null;
  const milliseconds = Math.max(0, (exit.finishedAt === null ? Date.now() : Math.min(Date.now(), Date.parse(exit.finishedAt))) - startedAt);
  const checkOutput = await outputOf(command, await conversationMasker(check.newest));
  const ending = judgeCheck(exit, { minutes: check.minutes, milliseconds, flooded: stopped.flooded, said: checkOutput });
  return { ...ending, checkExitCode: exit.exitCode, checkMs: milliseconds, checkOutput };
}

async function isStillWanted({ variant }: OpenCheck): Promise<boolean> {
  const now = (await openChecks()).find((one) => one.variant.runId === variant.runId);
  return now !== undefined && now.variant.checkAttempt === variant.checkAttempt && isWanted(now);
}

async function settle(variant: VariantRow, { state, reason, ...rest }: Settled): Promise<void> {
  await database().update(runVariants).set({ ...rest, checkState: state, checkSince: sql`now()`, checkReason: maskTokens(reason), checkLost: 0 }).where(isNow(variant, 'running'));
}

/** It waits again: for the end of the run that has begun since, or for the variant to be restored. */
async function letGo(variant: VariantRow): Promise<void> {
  await database().update(runVariants).set({ checkState: 'waiting', checkSince: sql`now()`, checkRunId: null, checkReason: null }).where(isNow(variant, 'running'));
}

/** Its container stopped, or the engine does not answer: it is done again, but not for ever. */
async function noteLost(variant: VariantRow, reason: string): Promise<void> {
  const checkLost = variant.checkLost + 1;
  const again = { checkState: 'waiting', checkRunId: null, checkReason: plainWords('It was lost with its container, and is done again.') } as const;
  const given = { checkState: 'could_not_run', checkReason: maskTokens(reason) } as const;
  await database().update(runVariants).set({ ...(checkLost < MOST_LOST ? again : given), checkSince: sql`now()`, checkLost }).where(isNow(variant, 'running'));
}

function isNow({ runId, checkAttempt }: VariantRow, state: 'waiting' | 'running') {
  return and(eq(runVariants.runId, runId), eq(runVariants.checkAttempt, checkAttempt), eq(runVariants.checkState, state));
}
