import { setTimeout as sleep } from 'node:timers/promises';
import type { Attendants } from '@/server/containers/attendants';
import { beginDetachedCommand, isAlive, launchDetachedCommand, prepareDetachedCommand } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { beginningOf } from '@/server/runs/claude-beginning';
import { claudeCommand } from '@/server/runs/claude-command';
import { conversationBases } from '@/server/runs/review/conversation-bases';
import { gitIdentityOf, identityEnvironment } from '@/server/runs/publishing/git-identity';
import { attemptId, runPlace } from '@/server/runs/run-place';
import { giveRunSecrets, hasTakenCredential, takeBackCredential, withdrawRunSecrets } from '@/server/runs/run-secrets';
import type { RunRow } from '@/server/runs/run-status';
import { assertSecretsInPlace } from '@/server/secrets/injection/assert-in-place';
import { tracedInside } from '@/server/tracing';
import { workspaceUser } from '@/server/workspaces/workspace-container';

/** How long an engine that does not answer may keep a run waiting before it is given up. */
const LAUNCH_DEADLINE_MS = 120_000;

/**
 * Gives the run its secrets and starts its command in the container, once: the wrapper takes a claim, so a launch that is repeated
 * after a crash (the answer was lost, the worker died) starts nothing a second time. Returns when the wrapper has the run in hand.
 * As soon as a stop is asked for nothing more is begun: then it returns, and whoever delivers the stop finds the command claimed or never started.
 * Throws `AnyonError` when the engine refuses, does not answer for two minutes, or the secrets are not safely in place; then none of them is left.
 */
export async function launchRun(engine: ContainerEngine, run: RunRow, containerId: string, until: Until): Promise<void> {
  try {
    if (!(await hasTakenCredential(run))) await tracedInside('anyon-run start', {}, () => launch(engine, run, containerId, until));
  } catch (error) {
    if (!isAnyonError(error) || until.signal.aborted) throw error;
    if (!(await hasTakenCredential(run))) {
      await withdrawRunSecrets(run);
      throw error;
    }
  }
  if (await hasTakenCredential(run)) await takeBackCredential(run); // else the sweep does, as soon as it has
}

interface Until {
  stopRequested: () => boolean;
  attendants: Attendants;
  signal: AbortSignal;
}

async function launch(engine: ContainerEngine, run: RunRow, containerId: string, until: Until): Promise<void> {
  const { stopRequested, signal, attendants } = until;
  const user = workspaceUser().text;
  attendants.call(containerId, user); // on its way while the rest is made ready
  const looking = Promise.all([beginningOf(run), gitIdentityOf(run.startedById), conversationBases(run)]);
  looking.catch(() => {}); // thrown below, when what has been given is there and can be taken back
  const secrets = await giveRunSecrets(run);
  const [beginning, identity, bases] = await looking;
  const told = claudeCommand(run, secrets.source, beginning);
  const command = { ...told, env: { ...told.env, ...identityEnvironment(identity) } };
  await prepareDetachedCommand(runPlace(run).exchange, { ...command, bases }, workspaceUser());
  const place = { workspaceId: run.workspaceId, containerId, injected: { attempt: attemptId(run), names: secrets.names } };
  const deadline = Date.now() + LAUNCH_DEADLINE_MS;
  for (;;) {
    try {
      if (await hasTakenCredential(run)) return;
      await assertSecretsInPlace(engine, place, signal, attendants);
      if (stopRequested()) return;
      if (!(await beginDetachedCommand(attendants, containerId, attemptId(run), user))) await launchDetachedCommand(engine, containerId, attemptId(run), user);
      if (await isInHand(engine, run, containerId, until)) return;
    } catch (error) {
      signal.throwIfAborted();
      const transient = error instanceof AnyonError && error.kind === 'unavailable';
      if (!transient || Date.now() > deadline) throw error;
      log().warn({ runId: run.id, reason: describeError(error) }, 'run: the engine does not answer, starting again');
    }
    if (stopRequested()) return;
    if (Date.now() > deadline) throw new AnyonError('unavailable', 'The container accepted the run but never began it. Restart the workspace and try again.');
    await sleep(1_000, undefined, { signal });
  }
}

/** True once the wrapper has left a sign: a process id, an exit, or that it is alive (it may still be making the worktree). */
async function isInHand(engine: ContainerEngine, run: RunRow, containerId: string, { stopRequested, signal }: Until): Promise<boolean> {
  const patience = Date.now() + 2_000;
  while (Date.now() < patience) {
    if (stopRequested() || (await hasTakenCredential(run))) return true;
    await sleep(20, undefined, { signal });
  }
  return (await isAlive(engine, containerId, attemptId(run))) !== 'never-started';
}
