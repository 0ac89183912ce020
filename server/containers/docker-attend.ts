import type { Duplex } from 'node:stream';
import type { Attendant } from '@/server/containers/attendant';
import type { DockerClient } from '@/server/containers/docker-client';
import { createExecution } from '@/server/containers/docker-exec';
import { shortId } from '@/server/containers/docker-path';
import { decodeFrames } from '@/server/containers/frame-decoder';

/** More than it ever has to say: the names of a run's secrets with their modes. */
const LONGEST_ANSWER = 256 * 1024;

/**
 * Starts the attendant of a container (docker/claude-code/anyon-run.d/attend.pm) and stays connected to it. Its input ends with the
 * connection, so nothing is left in the container when this process dies.
 */
export async function openAttendant(client: DockerClient, id: string, user: string, signal?: AbortSignal): Promise<Attendant> {
  const action = `start anyon-run in the container ${shortId(id)}`;
  const execution = await createExecution(client, id, { argv: ['anyon-run', 'attend'], user }, 'both ways', action, signal);
  const socket = await client.converse({ method: 'POST', path: `/exec/${execution}/start`, body: { Detach: false, Tty: false }, action, signal });
  return new ConnectedAttendant(socket);
}

class ConnectedAttendant implements Attendant {
  readonly #socket: Duplex;
  readonly #asked: ((answer: string | null) => void)[] = [];
  #heard = '';

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on('error', () => {}); // the reader of the frames is told
    void this.#listen();
  }

  get isThere(): boolean {
    return !this.#socket.destroyed;
  }

  async ask(line: string, timeoutMs: number): Promise<string | null> {
    if (!this.isThere) return null;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    // Whoever does not answer is not asked again: what came late would be taken for the next answer.
    const clock = setTimeout(() => this.dismiss(), timeoutMs);
    this.#asked.push(resolve);
    this.#socket.write(`${line}\n`);
    try {
      return await promise;
    } finally {
      clearTimeout(clock);
    }
  }

  dismiss(): void {
    this.#socket.destroy();
    for (const answer of this.#asked.splice(0)) answer(null);
  }

  async #listen(): Promise<void> {
    try {
      for await (const { stream, data } of decodeFrames(this.#socket)) {
        if (stream === 'stdout') this.#hear(data.toString('utf8'));
      }
    } catch {
      // A broken connection is an end like any other.
    } finally {
      this.dismiss();
    }
  }

  #hear(text: string): void {
    const lines = (this.#heard + text).split('\n');
    this.#heard = lines.pop() ?? '';
    for (const line of lines) this.#asked.shift()?.(line);
    if (this.#heard.length > LONGEST_ANSWER) this.dismiss();
  }
}
