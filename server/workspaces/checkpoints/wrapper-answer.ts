import path from 'node:path';
import type { z } from 'zod';
import { openRegularFile, removeDetachedCommand, stopDetached, type DetachedFile } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { lastLines, readOutput } from '@/server/workspaces/tasks/command-output';
import { followToEnd, launchOnce, plainCommand, startCommand, type StartCommand } from '@/server/workspaces/tasks/start-command';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** A verb of the wrapper `anyon-run` that answers with JSON. */
export interface WrapperQuestion<T> {
  workspace: Pick<WorkspaceRow, 'id'>;
  containerId: string;
  /** Id of the detached command. An earlier one of that id that lives or has ended is taken for this one. */
  id: string;
  argv: readonly [verb: string, ...rest: string[]];
  files?: readonly DetachedFile[];
  /** Begins sentences about it, e.g. "The checkpoint". */
  what: string;
  /** After so long it is stopped and given up. */
  patienceMs: number;
  /** Called ten times a second while it is under way. */
  progress?: (() => void | Promise<void>) | undefined;
  shape: z.ZodType<T>;
  signal: AbortSignal;
}

/**
 * Runs the verb as a detached command and hands its answer and its exchange directory to `take`; then that directory is
 * removed. Everything in it is the container's word. Throws `AnyonError` with the wrapper's reason in words, and the signal's
 * reason when that aborts: the command goes on then.
 */
export async function askWrapper<T, R>(engine: ContainerEngine, question: WrapperQuestion<T>, take: (answer: T, directory: string) => Promise<R>): Promise<R> {
  const patience = AbortSignal.timeout(question.patienceMs);
  const command = startCommand({ ...question, signal: AbortSignal.any([question.signal, patience]) }, question.id, question.what);
  const spec = plainCommand(['anyon-run', ...question.argv], { env: {}, ...(question.files && { files: question.files }) });
  let exitCode: number | null;
  try {
    await launchOnce(engine, command, spec);
    ({ exitCode } = await followToEnd(engine, command, async () => await question.progress?.()));
  } catch (error) {
    question.signal.throwIfAborted();
    await endCommand(engine, command);
    if (patience.aborted) throw await tooLong(question, command);
    throw error;
  }
  try {
    if (exitCode !== 0) throw await wrapperFailure(question.what, exitCode, command.directory);
    return await take(parseAnswer(question, await readAnswer(command.directory)), command.directory);
  } finally {
    await removeDetachedCommand(command.directory);
  }
}

/** Its directory goes only with it: a wrapper without one would never come to its end. */
async function endCommand(engine: ContainerEngine, { containerId, id, directory }: StartCommand): Promise<void> {
  try {
    await stopDetached(engine, containerId, id, 1);
    await removeDetachedCommand(directory);
  } catch (error) {
    log().debug({ reason: describeError(error), id }, 'checkpoint: the command cannot be ended; it ends with its container');
  }
}

async function tooLong({ what, patienceMs }: Pick<WrapperQuestion<unknown>, 'what' | 'patienceMs'>, { directory }: StartCommand): Promise<AnyonError> {
  const words = await lastWords(directory);
  if (isDiskFull(words)) return diskFull(what);
  return new AnyonError('internal', `${what} did not come to an end within ${Math.round(patienceMs / 1000)} s and was given up.`);
}

async function wrapperFailure(what: string, exitCode: number | null, directory: string): Promise<AnyonError> {
  const words = await lastWords(directory);
  if (isDiskFull(words)) return diskFull(what);
  if (isOlderImage(exitCode)) return olderImage(what);
  if (/another checkpoint of this workspace/.test(words)) return new AnyonError('conflict', `${what} has to wait: another one of this workspace is still under way. Try again in a minute.`);
  if (exitCode === null) return new AnyonError('internal', `${what} was killed in the middle, perhaps for lack of memory.`);
  return new AnyonError('internal', `${what} failed: ${words || `exit code ${exitCode}`}`);
}

function isDiskFull(words: string): boolean {
  return /No space left on device|Disk quota exceeded/i.test(words);
}

function diskFull(what: string): AnyonError {
  return new AnyonError('limit_reached', `${what} failed: the disk is full, or the workspace has used up its share of it. Free some space and try again.`);
}

async function lastWords(directory: string): Promise<string> {
  try {
    const { tail } = await readOutput(directory, 'err', 4096);
    return lastLines(tail, 3).map((line) => line.replace(/^anyon-run: /, '')).join(' · ').slice(0, 600);
  } catch (error) {
    log().debug({ reason: describeError(error) }, 'checkpoint: the words of the wrapper cannot be read');
    return '';
  }
}

async function readAnswer(directory: string): Promise<string> {
  const file = await openRegularFile(path.join(directory, 'out.raw'));
  try {
    const { size } = await file.stat();
    if (size > MAX_ANSWER_BYTES) throw new AnyonError('invalid', 'The answer from the container is too long to be one.');
    const buffer = Buffer.alloc(size);
    const { bytesRead } = await file.read(buffer, 0, size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseAnswer<T>({ what, shape }: Pick<WrapperQuestion<T>, 'what' | 'shape'>, text: string): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    throw new AnyonError('internal', `${what} gave an answer that cannot be understood: something in the container has changed it.`, { cause });
  }
}
