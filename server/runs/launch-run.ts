import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, launchDetachedCommand, prepareDetachedCommand, readExit, readPid } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import { claudeCommand } from '@/server/runs/claude-command';
import { firstRunOf } from '@/server/runs/claude-session';
import { attemptId, runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import { claudeSourceFor } from '@/server/connections/claude/claude-source';
import { workspaceUser } from '@/server/workspaces/workspace-container';

/** How long an engine that does not answer may keep a run waiting before it is given up. */
const LAUNCH_DEADLINE_MS = 120_000;

/**
 * Starts the run's command in the container, once: the wrapper takes a claim, so a launch that is repeated after a crash
 * (the answer was lost, the worker died) starts nothing a second time. Returns when the wrapper has the run in hand.
 * Throws `AnyonError` when the engine refuses, or does not answer for two minutes.
 */
export async function launchRun(engine: ContainerEngine, run: RunRow, containerId: string, signal: AbortSignal): Promise<void> {
  const { exchange } = runPlace(run);
  await prepareDetachedCommand(exchange, claudeCommand(run, await claudeSourceFor(run.startedById), await firstRunOf(run)), workspaceUser());
  const deadline = Date.now() + LAUNCH_DEADLINE_MS;
  for (;;) {
    try {
      await launchDetachedCommand(engine, containerId, attemptId(run), workspaceUser().text);
      if (await isInHand(engine, run, containerId, signal)) return;
    } catch (error) {
      signal.throwIfAborted();
      const transient = error instanceof AnyonError && error.kind === 'unavailable';
      if (!transient || Date.now() > deadline) throw error;
      log().warn({ runId: run.id, reason: describeError(error) }, 'run: the engine does not answer, starting again');
    }
    if (Date.now() > deadline) throw new AnyonError('unavailable', 'The container accepted the run but never began it. Restart the workspace and try again.');
    await sleep(1_000, undefined, { signal });
  }
}

/** True once the wrapper has left a sign: a process id, an exit, or that it is alive (it may still be making the worktree). */
async function isInHand(engine: ContainerEngine, run: RunRow, containerId: string, signal: AbortSignal): Promise<boolean> {
  const { exchange } = runPlace(run);
  const patience = Date.now() + 2_000;
  while (Date.now() < patience) {
    if ((await readPid(exchange)) || (await readExit(exchange))) return true;
    await sleep(20, undefined, { signal });
  }
  return (await isAlive(engine, containerId, attemptId(run))) !== 'never-started';
}
