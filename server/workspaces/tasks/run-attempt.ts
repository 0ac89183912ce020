import { setTimeout as sleep } from 'node:timers/promises';
import { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import { log, withLogIds } from '@/server/log';
import { meters } from '@/server/meters';
import type { Lead } from '@/server/queue/lead';
import { takingSpan } from '@/server/queue/queue-spans';
import { traced } from '@/server/tracing';
import type { Turns } from '@/server/turns';
import { watchAttempt } from '@/server/workspaces/tasks/attempt-watch';
import type { Attempt } from '@/server/workspaces/tasks/attempts';
import { engineInTurns } from '@/server/workspaces/tasks/engine-in-turns';
import { assertOurs, fencedEngine } from '@/server/workspaces/tasks/fenced-engine';
import { performTask } from '@/server/workspaces/tasks/perform-task';

/** How long an aborted attempt may take to come to its end. Whatever it does after that, its fence is over. */
const PATIENCE_MS = 5_000;

/** Null when it went well, else what ended it. */
export type AttemptFailure = { error: unknown } | null;

/** What the attempts of a worker have in common. */
export interface AttemptMeans {
  engine: ContainerEngine;
  lead: Lead;
  /** For calls that keep the engine busy. */
  turns: Turns;
  /** Lets go of all of them. */
  ending: AbortSignal;
}

/** Carries out one attempt under its watch. Never throws. */
export async function runAttempt({ engine, lead, turns, ending }: AttemptMeans, { task, workspace }: Attempt): Promise<AttemptFailure> {
  const timed = meters().taskAttempts.startTimer();
  const watch = watchAttempt(task.kind, workspace, ending);
  const ids = { workspaceId: workspace.id, taskId: task.id };
  const fenced = engineInTurns(fencedEngine(engine, lead, workspace), turns); // whether it may is asked when it has its turn
  const attendants = new Attendants(fenced);
  const work = withLogIds(ids, () => traced(`process ${task.kind}`, takingSpan('workspace-task', task.traceparent), () => performTask({
    task,
    workspace,
    engine: fenced,
    attendants,
    assertOurs: () => assertOurs(lead, workspace),
    progress: () => watch.progress(),
    signal: watch.signal,
  })));
  try {
    await Promise.race([work, patience(watch.signal)]);
    timed({ kind: task.kind, outcome: 'succeeded' });
    return null;
  } catch (error) {
    timed({ kind: task.kind, outcome: 'failed' });
    const why: unknown = watch.signal.aborted ? watch.signal.reason : error;
    log().warn({ err: why, workspaceId: workspace.id, task: task.kind }, 'workspace: task did not succeed');
    return { error: why };
  } finally {
    watch.end();
    attendants.dismiss();
    work.catch(() => {}); // an attempt that was given up may still fail later
  }
}

/** Rejects some time after the abort, for work that does not heed it. */
async function patience(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await sleep(PATIENCE_MS, undefined, { ref: false });
  throw signal.reason;
}
