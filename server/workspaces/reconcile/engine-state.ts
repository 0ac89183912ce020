import { eq, sql } from 'drizzle-orm';
import { engineState, workspaces } from '@/db/schema';
import { raiseAlertOnce, resolveAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';
import { moveWorkspace } from '@/server/workspaces/workspace-status';

const ALERT_KEY = 'engine_unreachable';
/** A restart of Docker is over by then. */
const ALERT_AFTER_MS = 60_000;

export type EngineState = typeof engineState.$inferSelect;

/** Whether the engine can be asked, as the worker last saw it; null before it ever looked. One row, so it is there at once even when the engine is not. */
export async function readEngineState(): Promise<EngineState | null> {
  const [row] = await database().select().from(engineState).where(eq(engineState.id, 1));
  return row ?? null;
}

/** The engine has answered just now. True when it had not before: then everything is compared anew. */
export async function noteEngineAnswer(): Promise<boolean> {
  const before = await readEngineState();
  const now = sql`now()`;
  const back = before?.reachable === false;
  if (back) await resolveAlert(database(), ALERT_KEY); // first: the row is what makes a worker that was killed here do it again
  await database()
    .insert(engineState)
    .values({ id: 1, reachable: true, reason: null, lastAnswerAt: now })
    .onConflictDoUpdate({ target: engineState.id, set: { reachable: true, reason: null, lastAnswerAt: now, since: sql`case when ${engineState.reachable} then ${engineState.since} else now() end` } });
  if (back) log().info({ since: before.since }, 'engine: answers again');
  return back;
}

/**
 * The engine does not answer: nobody can say any more that what was running is running. Rows say so until the next comparison;
 * nothing else about them changes, and no run ends by it.
 */
export async function noteEngineSilence(problem: string): Promise<void> {
  const reason = maskTokens(`Docker does not answer: ${problem}`);
  await database()
    .insert(engineState)
    .values({ id: 1, reachable: false, reason })
    .onConflictDoUpdate({ target: engineState.id, set: { reachable: false, reason, since: sql`case when ${engineState.reachable} then now() else ${engineState.since} end` } });
  const running = await database().select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.status, 'running'));
  if (running.length > 0) log().warn({ reason, workspaces: running.length }, 'engine: does not answer');
  for (const { id } of running) await moveWorkspace(database(), id, { to: 'unknown', from: ['running'], reason });
  await alertOfSilence(reason);
}

async function alertOfSilence(reason: string): Promise<void> {
  const state = await readEngineState();
  if (!state || state.reachable || Date.now() - state.since.getTime() < ALERT_AFTER_MS) return;
  await raiseAlertOnce(database(), {
    kind: 'engine_unreachable',
    severity: 'error',
    key: ALERT_KEY,
    userId: null,
    title: 'Docker does not answer',
    body: `${reason} Nothing can be started, stopped or watched until it does. Live runs are not ended by this. Look at the Docker service on the VM.`,
    link: '/system',
  });
}
