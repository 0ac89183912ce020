import type { Duplex } from 'node:stream';
import { AnyonError } from '@/server/errors';
import { ContainerChannel } from '@/server/containers/container-channel';
import { DialRefusedError } from '@/server/containers/dial-refused-error';
import type { DockerClient } from '@/server/containers/docker-client';
import { startDeadline } from '@/server/containers/docker-deadline';
import { createExecution } from '@/server/containers/docker-exec';
import { shortId } from '@/server/containers/docker-path';
import { decodeFrames, type Frame } from '@/server/containers/frame-decoder';
import { olderImage } from '@/server/containers/older-image';

/** Two commands to the engine, a process in the container, and its connection: a matter of a tenth of a second. */
const PATIENCE_MS = 15_000;
const ANSWER_BYTES = 2;

/**
 * Connects with a port of a container by a small program inside (`anyon-run dial`), whose standard input and output are the connection. Its
 * input ends with ours, so nothing is left in the container when this process dies.
 */
export async function dialPort(client: DockerClient, id: string, port: number, caller?: AbortSignal): Promise<Duplex> {
  const action = `connect to port ${port} of the container ${shortId(id)}`;
  const deadline = startDeadline(action, PATIENCE_MS, caller);
  const { signal } = deadline;
  let socket: Duplex | null = null;
  const end = () => socket?.destroy();
  signal.addEventListener('abort', end, { once: true });
  try {
    const execution = await createExecution(client, id, { argv: ['anyon-run', 'dial', String(port)] }, 'both ways', action, signal);
    socket = await client.converse({ method: 'POST', path: `/exec/${execution}/start`, body: { Detach: false, Tty: false }, action, signal });
    socket.on('error', () => {}); // the reader of the frames is told
    const frames = decodeFrames(socket);
    const { said, left } = await firstLine(frames);
    if (said === '+\n') return new ContainerChannel(socket, frames, left);
    throw refusal(said, port, action);
  } catch (error) {
    socket?.destroy();
    deadline.throwIfOver();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    deadline.release();
  }
}

/** What the program says first, and the bytes of the other side that came along with it. Its words of failure stand in its error output. */
async function firstLine(frames: AsyncGenerator<Frame, void, void>): Promise<{ said: string; left: Buffer }> {
  let said = Buffer.alloc(0);
  let complaint = '';
  while (said.length < ANSWER_BYTES) {
    const { done, value } = await frames.next();
    if (done) return { said: complaint, left: said };
    if (value.stream === 'stdout') said = Buffer.concat([said, value.data]);
    else complaint = (complaint + value.data.toString('latin1')).slice(0, 1_000);
  }
  return { said: said.subarray(0, ANSWER_BYTES).toString('latin1'), left: said.subarray(ANSWER_BYTES) };
}

/** Nothing that the container says is passed on. Without a word it was ended: the container stops, or has no room for a process more. */
function refusal(said: string, port: number, action: string): AnyonError {
  if (said === '-\n') return new DialRefusedError(port);
  if (said.startsWith('usage: ')) return olderImage('A preview');
  return new AnyonError('unavailable', `Could not ${action}: the connection ended before it began. Try again.`);
}
