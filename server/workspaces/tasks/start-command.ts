import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attendants } from '@/server/containers/attendants';
import {
  beginDetachedCommand,
  isAlive,
  launchDetachedCommand,
  prepareDetachedCommand,
  readExit,
  removeDetachedCommand,
  type DetachedCommandSpec,
  type DetachedExit,
} from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { workspaceExchangeDir } from '@/server/deployment/paths';
import { AnyonError, isAnyonError } from '@/server/errors';
import { FILES_TARGET, workspaceUser } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const LOOK_EVERY_MS = 100;
/** What is over in a moment is not waited for longer than that. */
const FIRST_LOOK_MS = 15;
const ASK_EVERY_MS = 10_000;
/** So often in a row the engine may not answer: the command goes on without it, and says in its files how it ended. */
const ENGINE_PATIENCE = 6;

/**
 * A detached command of a workspace's start-up (clone, set-up script). A workspace has one task at a time, so the name is
 * the id: an attempt that comes after another, by this worker or the next, finds the command and goes on with it.
 */
export interface StartCommand {
  id: string;
  containerId: string;
  /** Its exchange directory on the host. */
  directory: string;
  /** What it is called in sentences, e.g. "Cloning". */
  what: string;
  signal: AbortSignal;
}

type Place = { workspace: Pick<WorkspaceRow, 'id'>; containerId: string; signal: AbortSignal };

export function startCommand({ workspace, containerId, signal }: Place, id: string, what: string): StartCommand {
  return { id, containerId, directory: path.join(workspaceExchangeDir(workspace.id), id), what, signal };
}

/** A specification of a plain command: no input, no credential, no worktree. */
export function plainCommand(argv: readonly string[], rest: Pick<DetachedCommandSpec, 'env' | 'files'> & { cwd?: string }): DetachedCommandSpec {
  return { cwd: FILES_TARGET, input: null, keepStdinOpen: false, closeStdinOn: null, credential: null, worktree: null, instructions: null, snapshot: false, ...rest, argv };
}

/** By whom a command may be begun without bringing anything into the container. */
export interface Launcher {
  attendants: Attendants;
  /** Throws once somebody else is to do the work: an attendant does not know. */
  assertOurs: () => Promise<void>;
}

/** Begins it, unless an earlier attempt did and it lives or has ended. `clearAway` removes what a command that was lost has left. */
export async function launchOnce(engine: ContainerEngine, command: StartCommand, spec: DetachedCommandSpec, { clearAway, launcher }: { clearAway?: () => Promise<unknown>; launcher?: Launcher } = {}): Promise<void> {
  if (await readExit(command.directory)) return; // ended while nobody looked; the result is there
  // Without its folder the wrapper could only say that it never started, and each question takes the engine a tenth of a second.
  if ((await mayBeThere(command.directory)) && (await isAlive(engine, command.containerId, command.id, command.signal)) === 'alive') return;
  await removeDetachedCommand(command.directory);
  await clearAway?.();
  await prepareDetachedCommand(command.directory, spec, workspaceUser());
  if (launcher && (await begun(launcher, command))) return;
  await launchDetachedCommand(engine, command.containerId, command.id, workspaceUser().text, command.signal);
}

async function begun({ attendants, assertOurs }: Launcher, { containerId, id }: StartCommand): Promise<boolean> {
  await assertOurs();
  return beginDetachedCommand(attendants, containerId, id, workspaceUser().text);
}

/** False only for what is certainly not there: what this process may not see counts as there. */
export async function mayBeThere(place: string): Promise<boolean> {
  return lstat(place).then(() => true, (error: NodeJS.ErrnoException) => error.code !== 'ENOENT');
}

/**
 * Waits for its end and calls `look` ten times a second meanwhile, at the beginning more often. Throws `unavailable` when it was lost or the engine has
 * not answered for a minute, and the signal's reason when that aborts.
 */
export async function followToEnd(engine: ContainerEngine, command: StartCommand, look: () => Promise<void>, askEveryMs: number = ASK_EVERY_MS): Promise<DetachedExit> {
  let askedAt = Date.now();
  let pause = FIRST_LOOK_MS;
  let unanswered = 0;
  for (;;) {
    command.signal.throwIfAborted();
    const exit = await readExit(command.directory);
    if (exit) return exit;
    if (Date.now() - askedAt > askEveryMs) {
      askedAt = Date.now();
      unanswered = (await assertNotLost(engine, command, unanswered)) ? 0 : unanswered + 1;
    }
    await look();
    await sleep(pause, undefined, { signal: command.signal });
    pause = Math.min(pause * 1.5, LOOK_EVERY_MS);
  }
}

/** False when the engine did not answer, which is borne for a while. */
async function assertNotLost(engine: ContainerEngine, command: StartCommand, unanswered: number): Promise<boolean> {
  let liveness;
  try {
    liveness = await isAlive(engine, command.containerId, command.id, command.signal);
  } catch (error) {
    command.signal.throwIfAborted();
    if (!isAnyonError(error) || error.kind !== 'unavailable' || unanswered >= ENGINE_PATIENCE) throw error;
    return false;
  }
  if (liveness === 'alive' || (await readExit(command.directory))) return true;
  throw new AnyonError('unavailable', `${command.what} stopped without a result: the container was stopped or the command was killed. Start the workspace again.`);
}
