import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { and, eq, min } from 'drizzle-orm';
import type { NoticeAction } from '@/contract/run-notice';
import { runQuestions, runs } from '@/db/schema';
import { database } from '@/server/database';
import { log } from '@/server/log';
import type { LiveRun } from '@/server/runs/live-run';
import { runPlace } from '@/server/runs/run-place';
import { stopUntilGone } from '@/server/runs/watch-run';
import { judgeQuiet, type Judgement, type Past, type Seen } from '@/server/runs/watchdog/judge-quiet';
import { noticeWords } from '@/server/runs/watchdog/notice-words';
import { addNotice, countActions, openNotices, settleNotices } from '@/server/runs/watchdog/notices';
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
    const { parsedUpTo } = await readRun(run.id);
    const stream = new StreamWatch(run.id, attempt.outStart, parsedUpTo > attempt.outStart ? await lastWritten(run) : null);
    await stream.readOn(parsedUpTo, null);
    return new Watchdog(live, stream);
  }

  /** One look, and what is due by it. Ends only when that is done: when a process is to be ended, it is gone then. */
  async look(): Promise<void> {
    const { run, stopRequested } = this.#live;
    const now = new Date();
    const row = await readRun(run.id);
    if (stopRequested() || (row.status !== 'running' && row.status !== 'needs_you') || (await hasEnded(run))) return;
    await this.#stream.readOn(row.parsedUpTo, now);
    const open = await openNotices(run);
    const decided = open.find(({ action }) => action === 'restarted' || action === 'ended');
    if (decided) return this.#carryOut(decided.action); // it was decided by a worker that died
    const wasNudged = (await countActions(run, 'nudged')) > 0;
    const seen = await this.#see(row.statusSince, wasNudged);
    // After a result the CLI's input is closed, an interrupt's too: one that asks questions could not hear the answers any more.
    const past = { open, wasNudged: wasNudged || row.permissionMode !== 'bypassPermissions', restarts: await countActions({ id: run.id }, 'restarted') };
    const judgement = judgeQuiet(seen, past, thresholds(), now);
    if (judgement.isOver) await settleNotices(run, open.map(({ said }) => said));
    if (judgement.due) return this.#begin(judgement.due, judgement, seen, past);
    if (!judgement.isOver && open.at(-1)?.action === 'nudged') await this.#carryOut('nudged');
  }

  async #see(runningSince: Date, wasNudged: boolean): Promise<Seen> {
    const { signAt, retryAt, toolInFlight, result, background } = this.#stream;
    const hasResult = result === 'there' || (result === 'broken' && !wasNudged);
    return { runningSince, lastSignAt: signAt, retryAt, toolInFlight, questionSince: await oldestQuestion(this.#live), hasResult, background };
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

async function readRun(runId: string) {
  const [row] = await database()
    .select({ parsedUpTo: runs.parsedUpTo, status: runs.status, statusSince: runs.statusSince, permissionMode: runs.permissionMode })
    .from(runs)
    .where(eq(runs.id, runId));
  if (!row) throw new Error('The run is gone.');
  return row;
}

async function oldestQuestion({ run }: LiveRun): Promise<Date | null> {
  const [row] = await database()
    .select({ since: min(runQuestions.askedAt) })
    .from(runQuestions)
    .where(and(eq(runQuestions.runId, run.id), eq(runQuestions.attempt, run.attempt), eq(runQuestions.status, 'open')));
  return row?.since ?? null;
}
