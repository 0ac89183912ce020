import { checkConnection } from '@/server/connections/github/check-github';
import { loadGitHubConnection } from '@/server/connections/github/github-connection';
import { gitHubTokenOf, type GitHubToken } from '@/server/connections/github/github-health';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';

/** What GitHub said so lately is believed. */
const FRESH_MS = 10 * 60_000;
/** While GitHub does not answer, not everything that starts waits for it anew. */
const BETWEEN_TRIES_MS = 60_000;

/**
 * The person's token as it goes into a run or a clone, after `askGitHubBeforeUse`. One that GitHub refuses is given all the same:
 * whoever uses it sees git's refusal.
 */
export async function gitHubTokenForUse(userId: string): Promise<GitHubToken | null> {
  await askGitHubBeforeUse(userId);
  return gitHubTokenOf(database(), userId);
}

/** Asks GitHub whether it still knows the person's token, unless it said so within ten minutes. A refusal is noted; no answer changes nothing. */
export async function askGitHubBeforeUse(userId: string): Promise<void> {
  const found = await loadGitHubConnection(database(), userId);
  const { checkedAt, status } = found?.row ?? {};
  const stale = status !== 'failed' && checkedAt != null && Date.now() - checkedAt.getTime() > FRESH_MS;
  if (stale && mayTry(userId)) {
    await checkConnection(userId).catch((error: unknown) => log().info({ userId, reason: describeError(error) }, 'GitHub: a connection could not be checked before its use'));
  }
}

function mayTry(userId: string): boolean {
  const tries = processState('github-checks-before-use', () => new Map<string, number>());
  const now = Date.now();
  for (const [key, at] of tries) if (now - at >= BETWEEN_TRIES_MS) tries.delete(key);
  if (tries.has(userId)) return false;
  tries.set(userId, now);
  return true;
}
