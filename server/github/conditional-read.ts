import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import { askGitHub } from '@/server/github/ask-github';
import { gitHubClient } from '@/server/github/github-client';
import { processState } from '@/server/process-state';

/** Answers that are remembered; the oldest go first. */
const MOST = 300;

interface Remembered {
  etag: string;
  answer: unknown;
}

/**
 * Reads from GitHub what was perhaps read before with this token: where nothing has changed GitHub says just that, and the call is not
 * counted. Throws as `askGitHub` does, and `unavailable` when the answer cannot be read.
 */
export async function readAgain<T>(token: string, route: string, schema: z.ZodType<T>): Promise<T> {
  const memory = processState('github-answers', () => new Map<string, Remembered>());
  const key = `${createHash('sha256').update(token).digest('hex').slice(0, 32)} ${route}`;
  const known = memory.get(key);
  const fresh = await askGitHub(async () => {
    try {
      return await gitHubClient(token).request(`GET ${route}`, { headers: known ? { 'if-none-match': known.etag } : {} });
    } catch (error) {
      if (known && (error as { status?: unknown }).status === 304) return null;
      throw error;
    }
  });
  if (fresh === null) return known?.answer as T;
  const answer = parseAnswer(schema, fresh.data);
  memory.delete(key);
  const { etag } = fresh.headers;
  if (etag) memory.set(key, { etag, answer });
  for (const oldest of memory.keys()) if (memory.size > MOST) memory.delete(oldest);
  return answer;
}

/** Throws `unavailable` when GitHub says something else than it should. */
export function parseAnswer<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new AnyonError('unavailable', 'GitHub’s answer about the pull request cannot be read. Try again later.', { cause: z.prettifyError(parsed.error) });
}
