import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { and, eq, exists, min, sql } from 'drizzle-orm';
import type { NoticeAction } from '@/contract/run-notice';
import { runNotices, runQuestions, runs } from '@/db/schema';
import { database } from '@/server/database';
import { log } from '@/server/log';
import type { LiveRun } from '@/server/runs/live-run';
import { runPlace } from '@/server/runs/run-place';
import { stopUntilGone } from '@/server/runs/watch-run';
import { judgeQuiet, type Judgement, type Past, type Seen } from '@/server/runs/watchdog/judge-quiet';
import { noticeWords } from '@/server/runs/watchdog/notice-words';
import { addNotice, noticesOf, settleNotices } from '@/server/runs/watchdog/notices';
import { nudge } from '@/server/runs/watchdog/nudge';
import { StreamWatch } from '@/server/runs/watchdog/stream-watch';
import { thresholds } from '@/server/runs/watchdog/thresholds';

/** Looks after one attempt. Between two looks it keeps nothing but how far it has read, and whether it has nudged Claude itself. */
export class Watchdog {
  readonly #live: LiveRun;
  readonly #stream: StreamWatch;
  #hasNudged = false;

  private constructor(live: LiveRun, stream: StreamWatch) {
    this.#live = live;
    this.#stream = stream;
  }

  /** Catches up with what the attempt has said before. */
  static async open(live: LiveRun): Promise<Watchdog> {
    const { run, attempt } = live;
    const { parsedUpTo } = await readRun(run);
    const stream = new StreamWatch(run.id, attempt.outStart, parsedUpTo > attempt.outStart ? await lastWritten(run) : null);
    await stream.readOn(parsedUpTo, null);
    return new Watchdog(live, stream);
  }

  /** One look, and what is due by it. Ends only when that is done: when a process is to be ended, it is gone then. */
  async look(): Promise<void> {
    const { run, stopRequested } = this.#live;
    const now = new Date();
    const row = await readRun(run);
    if (stopRequested() || (row.status !== 'running' && row.status !== 'needs_you') || (await hasEnded(run))) return;
    await this.#stream.readOn(row.parsedUpTo, now);
    const notices = row.isNoticed ? await noticesOf(run) : [];
    const ofAttempt = notices.filter(({ attempt }) => attempt === run.attempt);
    const open = ofAttempt.filter(({ endedAt }) => endedAt === null);
    const decided = open.find(({ action }) => action === 'restarted' || action === 'ended');
    if (decided) return this.#carryOut(decided.action); // it was decided by a worker that died
    const wasNudged = ofAttempt.some(({ action }) => action === 'nudged');
    const seen = this.#see(row, wasNudged);
    // After a result the CLI's input is closed, an interrupt's too: one that asks questions could not hear the answers any more.
    const past = { open, wasNudged: wasNudged || row.permissionMode !== 'bypassPermissions', restarts: notices.filter(({ action }) => action === 'restarted').length };
    const judgement = judgeQuiet(seen, past, thresholds(), now);
    if (judgement.isOver) await settleNotices(run, open.map(({ said }) => said));
    if (judgement.due) return this.#begin(judgement.due, judgement, seen, past);
    if (!judgement.isOver && open.at(-1)?.action === 'nudged') await this.#carryOut('nudged');
  }

  #see({ statusSince, questionSince }: Awaited<ReturnType<typeof readRun>>, wasNudged: boolean): Seen {
    const { signAt, retryAt, toolInFlight, result, background } = this.#stream;
    const hasResult = result === 'there' || (result === 'broken' && !wasNudged);
    return { runningSince: statusSince, lastSignAt: signAt, retryAt, toolInFlight, questionSince, hasResult, background };
  }

  async #begin(action: NoticeAction, { kind, since }: Judgement, { toolInFlight, background }: Seen, { restarts }: Past): Promise<void> {
    const said = noticeWords({ kind, action, quietMs: Date.now() - since.getTime(), tool: kind === 'background' ? background : toolInFlight, restarts });
    if (!(await addNotice(this.#live.run, { kind, action, said }))) return;
    log().info({ runId: this.#live.run.id, kind, action }, 'watchdog: noticed');
    await this.#carryOut(action);
  }

  /** Safe to repeat. What becomes of a run whose process was ended is decided with the end of its attempt. */
  async #carryOut(action: NoticeAction): Promise<void> {
    const { engine, run, containerId, signal } = this.#live;
    if (action === 'restarted' || action === 'ended') await stopUntilGone(engine, run, containerId, signal);
    if (action !== 'nudged' || this.#hasNudged) return;
    await nudge(this.#live);
    this.#hasNudged = true;
  }
}

/** Its process is gone and the wrapper keeps what it has changed, which takes its time in a large repository. By the container's word, which only spares it. */
async function hasEnded(run: LiveRun['run']): Promise<boolean> {
  return (await lstat(path.join(runPlace(run).exchange, 'ended')).catch(() => null)) !== null;
}

/** When the newest output is known to have come. The raw file's time is the container's word, which can only make us wait. */
async function lastWritten(run: LiveRun['run']): Promise<Date> {
  const { log: kept, exchange } = runPlace(run);
  const times = await Promise.all([path.join(kept, 'out.log'), path.join(exchange, 'out.raw')].map(async (file) => (await stat(file).catch(() => null))?.mtimeMs ?? 0));
  return new Date(Math.min(Date.now(), Math.max(...times)));
}

/** In one statement: it is asked every second for each run that is on. `questionSince`: since when the oldest question that is open is so. */
async function readRun({ id, attempt }: Pick<LiveRun['run'], 'id' | 'attempt'>) {
  const oldestQuestion = database()
    .select({ since: min(runQuestions.askedAt) })
    .from(runQuestions)
    .where(and(eq(runQuestions.runId, id), eq(runQuestions.attempt, attempt), eq(runQuestions.status, 'open')));
  const [row] = await database()
    .select({
      parsedUpTo: runs.parsedUpTo,
      status: runs.status,
      statusSince: runs.statusSince,
      permissionMode: runs.permissionMode,
      questionSince: sql<Date | null>`(${oldestQuestion})`.mapWith(runQuestions.askedAt),
      isNoticed: sql<boolean>`${exists(database().select({ id: runNotices.id }).from(runNotices).where(eq(runNotices.runId, id)))}`,
    })
    .from(runs)
    .where(eq(runs.id, id));
  if (!row) throw new Error('The run is gone.');
  return row;
}
