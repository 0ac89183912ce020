import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import type { DockerClient } from '@/server/containers/docker-client';
import { pause } from '@/server/containers/docker-deadline';
import type { EngineImage, EnsureImageOptions } from '@/server/containers/engine';
import { checkImageReference } from '@/server/containers/image-reference';
import { readJsonLines } from '@/server/containers/json-lines';

const imageShape = z.object({ Id: z.string() });
const progressShape = z.object({
  status: z.string().optional(),
  id: z.string().optional(),
  progress: z.string().optional(),
  error: z.string().optional(),
});

/**
 * Local first, then pulls, at most `attempts` times with a pause that doubles from `pauseMs`. A registry that says that
 * the image does not exist or is private is believed at once.
 */
export async function ensureImage(client: DockerClient, text: string, options: EnsureImageOptions = {}, pauseMs = 1000): Promise<EngineImage> {
  const reference = checkImageReference(text);
  const local = await findImage(client, reference, options.signal);
  if (local) return local;
  if (options.pull === 'never') {
    throw new AnyonError('precondition', `The image ${reference} is not on this machine. Build it with \`npm run images\`.`);
  }
  const attempts = options.attempts ?? 3;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await pullImage(client, reference, options);
      break;
    } catch (error) {
      const lasting = !isAnyonError(error) || ['not_found', 'invalid', 'forbidden', 'limit_reached'].includes(error.kind);
      if (lasting || attempt >= attempts) throw withHint(error);
      log().warn({ err: error, image: reference, attempt, attempts }, 'pulling an image failed; trying again');
      options.onProgress?.(`Try ${attempt} of ${attempts} failed: ${error.message}`);
      await pause(pauseMs * 2 ** (attempt - 1), options.signal);
    }
  }
  const pulled = await findImage(client, reference, options.signal);
  if (!pulled) throw new AnyonError('unavailable', `Docker pulled the image ${reference} but does not have it. Look at its log.`);
  return pulled;
}

async function findImage(client: DockerClient, reference: string, signal: AbortSignal | undefined): Promise<EngineImage | null> {
  try {
    const image = await client.ask({ method: 'GET', path: `/images/${reference}/json`, action: `look up the image ${reference}`, signal }, imageShape);
    return { id: image.Id, reference };
  } catch (error) {
    if (isAnyonError(error) && isAbsentImage(error)) return null;
    throw error;
  }
}

/** An absent image is a 404 whose text ("No such image") is also what a failed create says; both mean absent here. */
function isAbsentImage(error: AnyonError): boolean {
  return error.kind === 'not_found' || error.kind === 'precondition';
}

async function pullImage(client: DockerClient, reference: string, options: EnsureImageOptions): Promise<void> {
  const action = `pull the image ${reference}`;
  // Without a tag Docker pulls every tag of the repository.
  const tagged = /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;
  const stream = await client.open({ method: 'POST', path: '/images/create', query: { fromImage: tagged }, action, signal: options.signal, timeoutMs: 60_000 });
  try {
    for await (const value of readJsonLines(stream.chunks())) {
      const progress = progressShape.safeParse(value);
      if (!progress.success) continue;
      if (progress.data.error !== undefined) throw pullError(action, progress.data.error);
      const line = [progress.data.id, progress.data.status, progress.data.progress].filter(Boolean).join(' ');
      if (line !== '') options.onProgress?.(line);
    }
  } finally {
    stream.close();
  }
}

/** Failures after the pull has begun come as a line of the answer, with status 200. */
function pullError(action: string, text: string): AnyonError {
  const absent = /not found|does not exist|manifest unknown|pull access denied/i.test(text);
  const full = /no space left on device/i.test(text);
  return new AnyonError(absent ? 'not_found' : full ? 'limit_reached' : 'unavailable', `Could not ${action}: ${text.slice(0, 300)}.`);
}

/** Most images that are absent are meant to be built here, not pulled. */
function withHint(error: unknown): unknown {
  if (!isAnyonError(error) || error.kind === 'limit_reached') return error;
  return new AnyonError(error.kind, `${error.message} If it is one of Anyon's own images, build it with \`npm run images\`.`, { cause: error });
}
