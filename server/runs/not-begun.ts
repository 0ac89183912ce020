import { setTimeout as sleep } from 'node:timers/promises';
import type { ReachedLimit } from '@/contract/run';
import type { ContainerEngine } from '@/server/containers/engine';
import { describeError, type AnyonError } from '@/server/errors';
import { log } from '@/server/log';
import type { Verdict } from '@/server/runs/judge-run';
import { hasRestartedSince } from '@/server/runs/liveness-check';
import { readAttempt } from '@/server/runs/run-attempt';
import type { RunRow } from '@/server/runs/run-status';
import { stoppedBy } from '@/server/runs/stopped-by';

/** A command is refused, or killed, a moment before the engine says that its container has ended. */
const PATIENCE_MS = 1_500;
const LOOK_EVERY_MS = 100;

/** Claude Code will not be started, and the run ends for that. Anything else that goes wrong at a launch says nothing about the run. */
export class NotBegunError extends Error {
  readonly verdict: Verdict;
  readonly limitReached: ReachedLimit | null;

  constructor(verdict: Verdict, { limitReached = null, cause }: { limitReached?: ReachedLimit | null; cause?: unknown } = {}) {
    super(verdict.reason ?? 'The run was not begun.', { cause });
    this.verdict = verdict;
    this.limitReached = limitReached;
  }
}

/**
 * How a run ends whose launch was refused for good, read from the top as `judgeRun` does: it was stopped meanwhile, or its container
 * ended under it, or the refusal is the run's own and its sentence says why. Takes 1.5 s at most, and the engine's deadline.
 */
export async function judgeRefusal(engine: ContainerEngine, run: RunRow, containerId: string, refusal: AnyonError): Promise<Verdict> {
  const by = await stoppedBy(run);
  if (by) return stoppedBeforeBegin(run, by);
  const { startedAt } = await readAttempt(run);
  if (!(await endsWithin(PATIENCE_MS, engine, containerId, startedAt))) return { status: 'failed', reason: refusal.message };
  return { status: 'interrupted', reason: `The workspace's container stopped before Claude Code was ${started(run)}. Start the workspace, then start the run again.` };
}

/** Of a run that somebody has stopped before anything of this attempt was there. */
export function stoppedBeforeBegin(run: Pick<RunRow, 'attempt'>, login: string): Verdict {
  return { status: 'stopped', reason: `Stopped by ${login} before Claude Code was ${started(run)}.` };
}

function started({ attempt }: Pick<RunRow, 'attempt'>): string {
  return attempt > 1 ? 'started again' : 'started';
}

/** False also when the engine does not tell. */
async function endsWithin(milliseconds: number, engine: ContainerEngine, containerId: string, since: Date): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  try {
    for (;;) {
      const container = await engine.inspectContainer(containerId);
      if (!container || !['running', 'paused'].includes(container.status) || hasRestartedSince(container, since)) return true;
      if (performance.now() >= deadline) return false;
      await sleep(LOOK_EVERY_MS);
    }
  } catch (error) {
    log().warn({ containerId, reason: describeError(error) }, 'run: whether its container has ended could not be asked');
    return false;
  }
}
