import { AnyonError } from '@/server/errors';
import type { DockerClient } from '@/server/containers/docker-client';
import { inspectContainer } from '@/server/containers/docker-containers';
import { containerPath, shortId } from '@/server/containers/docker-path';
import type { LogFrame } from '@/server/containers/engine';
import { decodeFrames } from '@/server/containers/frame-decoder';

/**
 * The container's own log. A terminal's output is one merged stream without frames, so whether there is one is asked
 * first. Ends when the log ends or the caller aborts; an end is no proof that the log was complete.
 */
export async function* streamLogs(client: DockerClient, id: string, options: { follow: boolean; tail?: number }, signal?: AbortSignal): AsyncGenerator<LogFrame, void, void> {
  if (options.tail !== undefined && (!Number.isSafeInteger(options.tail) || options.tail < 0)) {
    throw new AnyonError('invalid', 'The number of lines must be a whole number from 0 on.');
  }
  const container = await inspectContainer(client, id, signal);
  if (container === null) throw new AnyonError('not_found', `There is no container ${shortId(id)}.`);
  const query = { stdout: true, stderr: true, follow: options.follow, tail: options.tail ?? 'all' };
  const stream = await client.open({ method: 'GET', path: `${containerPath(id)}/logs`, query, action: `read the log of the container ${shortId(id)}`, signal });
  try {
    if (container.tty) {
      for await (const data of stream.chunks()) yield { stream: 'console', data };
    } else {
      yield* decodeFrames(stream.chunks());
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    stream.close();
  }
}
