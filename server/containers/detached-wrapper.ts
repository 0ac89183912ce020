import { AnyonError } from '@/server/errors';
import { checkCommandId } from '@/server/containers/detached-spec';
import type { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine, ExecResult } from '@/server/containers/engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';

const wrapper = 'anyon-run';

/**
 * Starts a prepared command. Safe to repeat: a second start of the same id does nothing. `user` is the numeric `uid:gid`
 * that owns the exchange folder.
 */
export async function launchDetachedCommand(engine: ContainerEngine, container: string, commandId: string, user: string, signal?: AbortSignal): Promise<void> {
  await engine.execDetached(container, { argv: [wrapper, 'start', checkCommandId(commandId)], user }, signal);
}

/** The same by the attendant of the container. False when it is not known to have begun: then it may be launched as above. */
export async function beginDetachedCommand(attendants: Attendants, container: string, commandId: string, user: string): Promise<boolean> {
  return (await attendants.ask(container, user, `start ${checkCommandId(commandId)}`)) === 'begun';
}

/** `alive`: it or its wrapper still works; `dead`: it was started and is over; `never-started`: no start has reached it. */
export type DetachedLiveness = 'alive' | 'dead' | 'never-started';

/** Exit codes of `anyon-run alive`; 66 is an exchange folder that does not exist (yet). */
const livenessOfExitCode: Readonly<Record<number, DetachedLiveness>> = { 0: 'alive', 1: 'dead', 2: 'never-started', 66: 'never-started' };

/**
 * Asks the wrapper. `dead` without an exit report (look once more: it is written last) means that none will come: the
 * command was lost. Throws `unavailable` when nobody can tell.
 */
export async function isAlive(engine: ContainerEngine, container: string, commandId: string, signal?: AbortSignal): Promise<DetachedLiveness> {
  const result = await engine.exec(container, { argv: [wrapper, 'alive', checkCommandId(commandId)] }, signal);
  const liveness = livenessOfExitCode[result.exitCode];
  if (liveness === undefined) throw wrapperFailure('tell whether it lives', commandId, result);
  return liveness;
}

/**
 * Stops the command and everything it started: interrupt, after the grace period SIGTERM, a second or two later SIGKILL.
 * Returns when no process of it is left; stopping what has ended is fine. Throws `unavailable` when some survive.
 */
export async function stopDetached(engine: ContainerEngine, container: string, commandId: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
  const argv = [wrapper, 'stop', checkCommandId(commandId), String(graceSeconds)];
  const result = await engine.exec(container, { argv, timeoutMs: (graceSeconds + 30) * 1000 }, signal);
  if (result.exitCode !== 0) throw wrapperFailure('stop it', commandId, result);
}

/** Exit codes of `anyon-run tell`; 66 is an exchange folder that does not exist (any more). */
const toldOfExitCode: Readonly<Record<number, boolean>> = { 0: true, 1: false, 66: false };

/**
 * Writes the line in `file` (of `putMessage`) to the standard input of a running command, whole. False when nobody listens. Throws `unavailable`
 * when nobody can tell or the command does not read; then it may be told once more.
 */
export async function tellDetached(engine: ContainerEngine, container: string, commandId: string, file: string, signal?: AbortSignal): Promise<boolean> {
  const result = await engine.exec(container, { argv: [wrapper, 'tell', checkCommandId(commandId), file], timeoutMs: 15_000 }, signal);
  const told = toldOfExitCode[result.exitCode];
  if (told === undefined) throw wrapperFailure('tell it something', commandId, result);
  return told;
}

function wrapperFailure(what: string, commandId: string, result: ExecResult): AnyonError {
  if (isOlderImage(result.exitCode)) return olderImage('A command in the container');
  const reason = result.stderr.toString('utf8', 0, 300).trim() || `exit code ${result.exitCode}`;
  return new AnyonError('unavailable', `The wrapper of the command ${commandId} could not ${what} (${reason}). Restart the workspace if this goes on.`);
}
