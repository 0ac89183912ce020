import { mkdir, stat } from 'node:fs/promises';
import { setInterval as every } from 'node:timers/promises';
import type { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { startCollector, type Collector } from '@/server/runs/collector';
import { clearAttempt } from '@/server/runs/clear-attempt';
import { endRun, finishRun, isOutOfMemory } from '@/server/runs/finish-run';
import type { Verdict } from '@/server/runs/judge-run';
import { launchRun } from '@/server/runs/launch-run';
import type { LiveRun } from '@/server/runs/live-run';
import { memoryAtEnd } from '@/server/runs/memory-at-end';
import { judgeRefusal, NotBegunError, stoppedBeforeBegin } from '@/server/runs/not-begun';
import { deliverAnswers } from '@/server/runs/questions/deliver-answers';
import { noteAttemptStart, readAttempt, type RunAttempt } from '@/server/runs/run-attempt';
import { storeRunEvents } from '@/server/runs/run-events';
import type { RunLine } from '@/server/runs/run-line';
import { parkRun } from '@/server/runs/park-run';
import { usedUp } from '@/server/runs/run-limits';
import { runPlace } from '@/server/runs/run-place';
import { claimRun, noteLogProgress, type RunRow } from '@/server/runs/run-status';
import { firstLineTeller, traceAttempt } from '@/server/runs/run-steps';
import { stoppedBy } from '@/server/runs/stopped-by';
import { gitHubParking } from '@/server/runs/wait-for-github';
import { watchOver } from '@/server/runs/watchdog/watch-over';
import { watchRun } from '@/server/runs/watch-run';
import { takingSpan } from '@/server/queue/queue-spans';
import { forwardRunLines } from '@/server/runs/forward-run-lines';
import { traced } from '@/server/tracing';
import { runMasker } from '@/server/secrets/run-masker';

const PROGRESS_EVERY_MS = 2_000;

export interface Supervision {
  /** True as soon as the row says `stopping`. */
  stopRequested: () => boolean;
  /** Where a queued run waits until the VM has room for it. */
  line: RunLine;
  /** By whom a run is begun in its container. */
  attendants: Attendants;
  /** Aborted when this worker ends; the run goes on without it. */
  signal: AbortSignal;
}

/**
 * Sees one run through, from whatever state it is in: queued, half started, running under a worker that died, or over but not
 * judged yet. Returns when the run is final, or when this worker has to let go of it (shutdown, taken over); the run itself
 * notices neither. Every step is safe to repeat, and every write carries the fence that was taken at the beginning. What it
 * throws says nothing about the run (the database is away, a disk is full): the caller supervises again after a while.
 */
export async function superviseRun(engine: ContainerEngine, runId: string, supervision: Supervision): Promise<void> {
  const run = await claimRun(database(), runId);
  if (!run) return;
  try {
    await seeThrough(engine, run, supervision);
  } catch (error) {
    if (supervision.signal.aborted) return;
    if (!(error instanceof NotBegunError)) throw error;
    log().warn({ err: error.cause, runId, status: error.verdict.status }, 'run: could not be started');
    if (await endRun(run, error.verdict, { limitReached: error.limitReached })) await clearAttempt(run);
  }
}

async function seeThrough(engine: ContainerEngine, claimed: RunRow, supervision: Supervision): Promise<void> {
  const run = await begin(claimed, supervision);
  if (!run) return;
  const { containerId } = run;
  if (!containerId) throw new NotBegunError({ status: 'interrupted', reason: 'The workspace has no container any more. Start it, then start the run again.' });
  if (run.status === 'starting') {
    if (await parksForGitHub(run)) return;
    if (!supervision.stopRequested()) await launch(engine, run, containerId, supervision);
  }
  if (!(await hasExchange(run))) return settleWithoutOutput(run);

  const attempt = await readAttempt(run);
  const letGo = new AbortController();
  const signal = AbortSignal.any([supervision.signal, letGo.signal]);
  const collector = await collect(run, attempt, letGo);
  const live: LiveRun = { engine, run, containerId, attempt, stopRequested: supervision.stopRequested, signal };
  const beside = [reportProgress(run, collector, signal), deliverAnswers(live), watchOver(live)];
  try {
    const end = await watchRun(engine, run, containerId, { ...supervision, beganAt: attempt.startedAt, signal });
    const collected = await collector.finish();
    await finishRun(run, attempt, end, collected, {
      stopRequestedBy: supervision.stopRequested() ? await stoppedBy(run) : null,
      outOfMemory: isOutOfMemory(end) ? await memoryAtEnd(engine, run, containerId) : null,
    });
    traceAttempt(run, attempt);
  } catch (error) {
    if (!letGo.signal.aborted) throw error; // else it has been taken over: not ours any more
  } finally {
    letGo.abort();
    await collector.close();
    await Promise.all(beside);
  }
}

/** Only before anything of the attempt is there: what has begun goes on. */
async function parksForGitHub(run: RunRow): Promise<boolean> {
  if (await hasExchange(run)) return false;
  const parking = await gitHubParking(run);
  return parking !== null && (await parkRun(run, parking, {})) !== null;
}

async function hasExchange(run: RunRow): Promise<boolean> {
  const found = await stat(runPlace(run).exchange).catch(() => null);
  return found?.isDirectory() ?? false;
}

/** The exchange directory was never made (stopped in the moment before the launch) or somebody removed it: nothing can come of it. */
async function settleWithoutOutput(run: RunRow): Promise<void> {
  const by = await stoppedBy(run);
  const lost: Verdict = { status: 'lost', reason: 'The files in which the run writes its output are gone. What had been collected is kept.' };
  if (await endRun(run, by ? stoppedBeforeBegin(run, by) : lost)) await clearAttempt(run);
}

/** queued → starting, when it is its turn and there is room. Null when it was stopped, or failed, while it waited. */
async function begin(run: RunRow, { line, signal }: Supervision): Promise<RunRow | null> {
  await mkdir(runPlace(run).log, { recursive: true, mode: 0o750 });
  if (run.status !== 'queued') return run;
  const begun = await line.enter(run, signal);
  if (begun) await noteAttemptStart(begun);
  return begun;
}

async function launch(engine: ContainerEngine, run: RunRow, containerId: string, until: Pick<Supervision, 'stopRequested' | 'signal' | 'attendants'>): Promise<void> {
  const used = usedUp(run);
  if (used) throw new NotBegunError({ status: 'failed', reason: used.sentence }, { limitReached: used.limit });
  try {
    await traced('process run', takingSpan('run', run.traceparent, { 'anyon.run.attempt': run.attempt }), () => launchRun(engine, run, containerId, until));
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    throw new NotBegunError(await judgeRefusal(engine, run, containerId, error), { cause: error });
  }
}

async function collect(run: RunRow, attempt: RunAttempt, letGo: AbortController): Promise<Collector> {
  const { outStart, errStart } = attempt;
  const place = runPlace(run);
  const tellOfFirstLine = firstLineTeller(run, attempt);
  const masker = await runMasker(run.id);
  return startCollector({
    rawDirectory: place.exchange,
    logDirectory: place.log,
    outStart,
    errStart,
    masker,
    parsedUpTo: run.parsedUpTo,
    onLines: async (lines, parsedUpTo) => {
      if (!(await storeRunEvents(run, masker, lines, parsedUpTo))) return letGo.abort();
      tellOfFirstLine();
      forwardRunLines(run, lines);
    },
  });
}

/** Keeps the sizes in the row fresh, so that every list tells how much a run has written and whether it says anything at all. */
async function reportProgress(run: RunRow, collector: Collector, signal: AbortSignal): Promise<void> {
  let firstOutputAt = run.firstOutputAt;
  let reported = { outBytes: run.outBytes, errBytes: run.errBytes };
  try {
    for await (const _ of every(PROGRESS_EVERY_MS, undefined, { signal })) {
      const now = collector.progress();
      if (now.outBytes === reported.outBytes && now.errBytes === reported.errBytes) continue;
      firstOutputAt ??= new Date();
      reported = { outBytes: now.outBytes, errBytes: now.errBytes };
      await noteLogProgress(database(), run, { ...reported, firstOutputAt });
    }
  } catch (error) {
    if (!signal.aborted) log().warn({ err: error, runId: run.id }, 'run: progress could not be written');
  }
}

