import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import type { DockerClient } from '@/server/containers/docker-client';
import { createExecution } from '@/server/containers/docker-exec';
import { shortId } from '@/server/containers/docker-path';
import type { Terminal, TerminalCommand } from '@/server/containers/engine';

const inspectShape = z.object({ Running: z.boolean(), ExitCode: z.number().int().nullable() });

/**
 * Runs a command on a pseudo-terminal in the container and stays connected to it. Nothing of what passes is written anywhere.
 * The connection may break at any moment, and the command then goes on: whoever opens a terminal removes the container in the end.
 */
export async function openTerminal(client: DockerClient, id: string, command: TerminalCommand, signal?: AbortSignal): Promise<Terminal> {
  const action = `open a terminal in the container ${shortId(id)}`;
  const execution = await createExecution(client, id, command, 'terminal', action, signal);
  const socket = await client.converse({ method: 'POST', path: `/exec/${execution}/start`, body: { Detach: false, Tty: true }, action, signal });
  const end = () => socket.destroy();
  signal?.addEventListener('abort', end, { once: true });
  socket.once('close', () => signal?.removeEventListener('abort', end));
  socket.on('error', () => {}); // the reader sees the end; a write is refused by itself
  return {
    output: () => read(socket),
    write: (data) => write(socket, data),
    async exitCode() {
      const state = await client.ask({ method: 'GET', path: `/exec/${execution}/json`, action }, inspectShape);
      return state.Running ? null : state.ExitCode;
    },
    close: end,
  };
}

async function* read(socket: Duplex): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const chunk of socket) yield chunk as Buffer;
  } catch {
    // A broken connection is an end like any other: `exitCode` tells them apart.
  } finally {
    socket.destroy();
  }
}

function write(socket: Duplex, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error ? reject(new AnyonError('unavailable', 'The connection to the terminal broke. Try again.', { cause: error })) : resolve()));
  });
}
