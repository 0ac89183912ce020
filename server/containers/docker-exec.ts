import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import { isNonRootUser } from '@/server/containers/container-user';
import type { DockerClient, DockerStream } from '@/server/containers/docker-client';
import { startDeadline } from '@/server/containers/docker-deadline';
import { containerPath, shortId } from '@/server/containers/docker-path';
import type { ExecCommand, ExecResult } from '@/server/containers/engine';
import { decodeFrames } from '@/server/containers/frame-decoder';

const createdShape = z.object({ Id: z.string() });
const inspectShape = z.object({ Running: z.boolean(), ExitCode: z.number().int().nullable() });

/**
 * Runs a command to its end and captures its output. Only for short commands that may be repeated: when the engine dies
 * the output and the exit code are gone (`unavailable`), and a command that outlives its time limit keeps running in the
 * container, because Docker has no way to stop it.
 */
export async function exec(client: DockerClient, id: string, command: ExecCommand, caller?: AbortSignal): Promise<ExecResult> {
  const action = `run ${command.argv[0] ?? 'a command'} in the container ${shortId(id)}`;
  const deadline = startDeadline(action, command.timeoutMs ?? 30_000, caller);
  const signal = deadline.signal;
  try {
    const execution = await createExecution(client, id, command, 'output', action, signal);
    const stream = await client.open({ method: 'POST', path: `/exec/${execution}/start`, body: { Detach: false, Tty: false }, action, signal, timeoutMs: null });
    const output = await readOutput(stream, command.maxOutputBytes ?? 1024 * 1024);
    return { exitCode: await readExitCode(client, execution, action, signal), ...output };
  } catch (error) {
    caller?.throwIfAborted();
    if (signal.aborted) {
      const seconds = (command.timeoutMs ?? 30_000) / 1000;
      throw new AnyonError('unavailable', `Could not ${action}: it did not end within ${seconds} s, or Docker does not answer.`, { cause: error });
    }
    throw error;
  } finally {
    deadline.release();
  }
}

/** Starts a command and forgets it: once this returns, neither this process nor the engine is needed for it to go on. */
export async function execDetached(client: DockerClient, id: string, command: ExecCommand, signal?: AbortSignal): Promise<void> {
  const action = `start ${command.argv[0] ?? 'a command'} in the container ${shortId(id)}`;
  const execution = await createExecution(client, id, command, 'nothing', action, signal);
  await client.tell({ method: 'POST', path: `/exec/${execution}/start`, body: { Detach: true, Tty: false }, action, signal, timeoutMs: 30_000 });
}

/** Prepares a command; `attach` is what of it passes through the connection that starts it. */
export async function createExecution(client: DockerClient, id: string, command: ExecCommand, attach: 'nothing' | 'output' | 'terminal' | 'both ways', action: string, signal?: AbortSignal): Promise<string> {
  if (command.argv.length === 0) throw new AnyonError('invalid', 'A command needs at least one argument.');
  if (command.user !== undefined && !isNonRootUser(command.user)) throw new AnyonError('invalid', `A command's user must be a numeric uid:gid other than 0 (got "${command.user}").`);
  const body = {
    AttachStdin: attach === 'terminal' || attach === 'both ways',
    AttachStdout: attach !== 'nothing',
    AttachStderr: attach !== 'nothing',
    Tty: attach === 'terminal',
    Cmd: [...command.argv],
    ...(command.user === undefined ? {} : { User: command.user }),
    ...(command.cwd === undefined ? {} : { WorkingDir: command.cwd }),
    ...(command.env === undefined ? {} : { Env: Object.entries(command.env).map(([name, value]) => `${name}=${value}`) }),
  };
  const created = await client.ask({ method: 'POST', path: `${containerPath(id)}/exec`, body, action, signal }, createdShape);
  return created.Id;
}

async function readOutput(stream: DockerStream, maxBytes: number): Promise<Omit<ExecResult, 'exitCode'>> {
  const captured = { stdout: new BoundedCapture(maxBytes), stderr: new BoundedCapture(maxBytes) };
  try {
    // What is beyond the bound is still read: otherwise the command would block on a full pipe.
    for await (const frame of decodeFrames(stream.chunks())) captured[frame.stream].add(frame.data);
  } finally {
    stream.close();
  }
  const { stdout, stderr } = captured;
  return { stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.truncated || stderr.truncated };
}

/** The stream also ends, cleanly, when the engine goes away; only an execution that is known and over has an exit code. */
async function readExitCode(client: DockerClient, execution: string, action: string, signal: AbortSignal): Promise<number> {
  try {
    const state = await client.ask({ method: 'GET', path: `/exec/${execution}/json`, action, signal }, inspectShape);
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
  } catch (error) {
    if (!isAnyonError(error) || error.kind !== 'not_found') throw error;
  }
  throw new AnyonError('unavailable', `Could not ${action}: Docker lost the command before it ended (the engine or the container was stopped). Try again.`);
}

class BoundedCapture {
  truncated = false;
  readonly #parts: Buffer[] = [];
  #room: number;

  constructor(maxBytes: number) {
    this.#room = maxBytes;
  }

  add(data: Buffer): void {
    const kept = data.subarray(0, this.#room);
    if (kept.length < data.length) this.truncated = true;
    // A copy: a slice would keep the whole network chunk alive.
    if (kept.length > 0) this.#parts.push(Buffer.from(kept));
    this.#room -= kept.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
