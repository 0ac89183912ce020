import { eq, sql } from 'drizzle-orm';
import type { TaskKind } from '@/contract/task';
import { tasks, workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import type { Lead } from '@/server/queue/lead';
import { enqueueTask, type TaskJob } from '@/server/queue/queue';
import { Turns } from '@/server/turns';
import { admitWorkspace } from '@/server/workspaces/admission/admit';
import { beginAttempt, countAttempts, endAttempt, settleTask, type Attempt } from '@/server/workspaces/tasks/attempts';
import { engineProblem } from '@/server/workspaces/tasks/engine-problem';
import { judgeAttempt } from '@/server/workspaces/tasks/judge-attempt';
import { openTaskOf, type TaskRow } from '@/server/workspaces/tasks/request-task';
import { runAttempt } from '@/server/workspaces/tasks/run-attempt';
import { takeOverTask } from '@/server/workspaces/tasks/take-over-tasks';

/** After so many deaths of its worker a task runs beside no other suspect, so that the third strike hits who deserves it. */
const SUSPECT_AFTER = 2;
const LOOK_AGAIN_SECONDS = 1;
/** A call to the engine is over by then, unless it hangs or waits for a container's own end. */
const LONGEST_CALL_MS = 2_000;
const needRoom: ReadonlySet<TaskKind> = new Set(['create', 'start', 'restart']);

/** Whether its next try is still to come, by the clock of the database, which has set it. */
async function isTooEarly(taskId: string): Promise<boolean> {
  const [row] = await database().select({ tooEarly: sql<boolean>`coalesce(${tasks.retryAt} > clock_timestamp() + interval '50 ms', false)` }).from(tasks).where(eq(tasks.id, taskId));
  return row?.tooEarly ?? false;
}

/** What may be the engine's silence and nothing about the task. */
function isAboutEngine(error: unknown): boolean {
  return isAnyonError(error) && error.kind === 'unavailable';
}

/** Carries out tasks in this worker: decides whether one may begin now, and sees each attempt through to what the rows say of it. */
export class TaskRunner {
  readonly #engine: ContainerEngine;
  readonly #lead: Lead;
  readonly #ending: AbortSignal;
  /** Workspaces with an attempt in this process, suspects told apart. */
  readonly #busy = new Map<string, { suspect: boolean }>();
  readonly #engineTurns = new Turns(env().ANYON_WORKERS + 1, { longestMs: LONGEST_CALL_MS });
  #turn: Promise<unknown> = Promise.resolve();

  /** `ending` lets go of everything: attempts go back into the queue and the next worker goes on with them. */
  constructor(engine: ContainerEngine, lead: Lead, ending: AbortSignal) {
    this.#engine = engine;
    this.#lead = lead;
    this.#ending = ending;
  }

  /**
   * What a job asks for: look at the task that is open for its workspace (its own, or the one that took its place), and begin
   * an attempt when it is due. Returns when that has ended. Throws only when the rows cannot be reached.
   */
  async look(job: TaskJob): Promise<void> {
    const attempt = await this.#inTurn(() => this.#begin(job));
    if (!attempt) return;
    try {
      await failpoint('task.attempt-written');
      const failure = await runAttempt({ engine: this.#engine, lead: this.#lead, turns: this.#engineTurns, ending: this.#ending }, attempt);
      const silence = failure && isAboutEngine(failure.error) ? await engineProblem(this.#engine) : null;
      const end = judgeAttempt(attempt, failure, { ...(await countAttempts(database(), attempt.task.id)), silence });
      await failpoint('task.work-done');
      if (end && !(await endAttempt(attempt, end))) log().warn({ taskId: attempt.task.id }, 'task: the attempt was taken for dead meanwhile');
      await failpoint('task.settled');
    } finally {
      this.#busy.delete(job.workspaceId);
    }
  }

  /** Asks for every task that waits, for room or for the engine, whether it may go on now; those that may not say why. */
  async lookAtWaiting(): Promise<void> {
    const waiting = await database().select().from(tasks).where(eq(tasks.status, 'waiting')).orderBy(tasks.createdAt);
    const silence = waiting.length > 0 ? await engineProblem(this.#engine) : null;
    for (const task of waiting) {
      if (this.#ending.aborted) return;
      await this.#inTurn(async () => {
        const hindrance = silence ?? (await this.#hindrance(task));
        if (hindrance !== null && hindrance === task.statusReason) return;
        const to = hindrance === null ? ({ status: 'queued', reason: null } as const) : ({ status: 'waiting', reason: hindrance } as const);
        await database().transaction((transaction) => settleTask(transaction, task, to));
      });
    }
  }

  async #begin(job: TaskJob): Promise<Attempt | null> {
    if (this.#ending.aborted) return null; // the next worker finds it in the rows
    const task = await openTaskOf(database(), job.workspaceId);
    if (!task) return null;
    if (this.#busy.has(task.workspaceId)) return this.#lookAgain(task); // a job of the same workspace that the queue delivered twice
    if (task.status === 'running') {
      await takeOverTask(task.id); // its end could not be written
      return null;
    }
    if (task.status === 'waiting') return null; // looked at on a clock
    if (task.retryAt && (await isTooEarly(task.id))) return job.taskId === task.id ? this.#lookAgain(task, task.retryAt) : null;
    const suspect = (await countAttempts(database(), task.id)).died >= SUSPECT_AFTER;
    if (suspect && [...this.#busy.values()].some((one) => one.suspect)) return this.#lookAgain(task);
    const hindrance = await this.#hindrance(task);
    if (hindrance !== null) {
      await database().transaction((transaction) => settleTask(transaction, task, { status: 'waiting', reason: hindrance }));
      return null;
    }
    const attempt = await beginAttempt(task.id);
    if (attempt) this.#busy.set(task.workspaceId, { suspect });
    return attempt;
  }

  /** Why there is no room for it now; null when there is, or when it needs none. */
  async #hindrance(task: TaskRow): Promise<string | null> {
    if (!needRoom.has(task.kind)) return null;
    const [workspace] = await database().select().from(workspaces).where(eq(workspaces.id, task.workspaceId));
    if (!workspace) return null; // there is nothing left to begin
    const admission = await admitWorkspace(workspace);
    return admission.admitted ? null : admission.reason;
  }

  async #lookAgain(task: TaskRow, notBefore: Date | number = LOOK_AGAIN_SECONDS): Promise<null> {
    await enqueueTask(database(), { taskId: task.id, workspaceId: task.workspaceId, ownerId: task.ownerId, priority: task.priority, notBefore });
    return null;
  }

  /** One decision at a time: two that are admitted in the same moment would each count the other as absent. */
  #inTurn<T>(decide: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(decide);
    this.#turn = mine.catch(() => {}); // told to its caller
    return mine;
  }
}
