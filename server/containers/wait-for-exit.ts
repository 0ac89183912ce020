import { z } from 'zod';
import type { ContainerExit } from '@/contract/container-exit';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { signalOfExitCode } from '@/server/containers/container-exit-mapping';
import type { DockerClient } from '@/server/containers/docker-client';
import { inspectContainer } from '@/server/containers/docker-containers';
import { containerPath, shortId } from '@/server/containers/docker-path';
import type { EngineContainer } from '@/server/containers/engine';

const waitShape = z.object({ StatusCode: z.number().int(), Error: z.object({ Message: z.string().optional() }).nullish() });

/**
 * Waits without a time limit until the container has ended, then completes the answer (time, OOM) by an inspect. When
 * waiting fails the inspect alone decides: an ended container is a full answer; otherwise exit code null and both
 * reasons in `error`. Rejects only when the caller aborts or names something that cannot be a container.
 */
export async function waitForExit(client: DockerClient, id: string, signal?: AbortSignal): Promise<ContainerExit> {
  const path = `${containerPath(id)}/wait`;
  let waited: z.infer<typeof waitShape>;
  try {
    waited = await client.ask({ method: 'POST', path, query: { condition: 'not-running' }, action: `wait for the container ${shortId(id)}`, signal, timeoutMs: null }, waitShape);
  } catch (error) {
    signal?.throwIfAborted();
    log().warn({ err: error, container: id }, 'waiting for a container failed; asking for its state instead');
    return exitByInspect(client, id, describeError(error), signal);
  }
  return completeExit(client, id, waited, signal);
}

async function exitByInspect(client: DockerClient, id: string, waitError: string, signal: AbortSignal | undefined): Promise<ContainerExit> {
  const found = await tryInspect(client, id, signal);
  if (found.container?.exit) return found.container.exit;
  const reason = found.container ? `The container is ${found.container.status}.` : found.error;
  return { exitCode: null, error: `${waitError} ${reason}`, finishedAt: null, oomKilled: false, signal: null };
}

async function completeExit(client: DockerClient, id: string, waited: z.infer<typeof waitShape>, signal: AbortSignal | undefined): Promise<ContainerExit> {
  const found = await tryInspect(client, id, signal);
  const exit = found.container?.exit;
  // Absent (removed at once) or running again (restarted): the code is known, the rest is not.
  const rest = exit ?? { finishedAt: null, oomKilled: false, error: found.container ? null : found.error };
  const error = [waited.Error?.Message, rest.error].filter(Boolean).join(' ');
  return { exitCode: waited.StatusCode, error: error === '' ? null : error, finishedAt: rest.finishedAt, oomKilled: rest.oomKilled, signal: signalOfExitCode(waited.StatusCode) };
}

async function tryInspect(client: DockerClient, id: string, signal: AbortSignal | undefined): Promise<{ container: EngineContainer | null; error: string }> {
  try {
    return { container: await inspectContainer(client, id, signal), error: `There is no container ${shortId(id)} any more.` };
  } catch (error) {
    signal?.throwIfAborted();
    return { container: null, error: describeError(error) };
  }
}
