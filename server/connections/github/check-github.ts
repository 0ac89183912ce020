import { setTimeout as sleep } from 'node:timers/promises';
import { and, asc, eq, isNull, lt, ne, or, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { GitHubState } from '@/contract/connection';
import { gitHubConnections, users } from '@/db/schema';
import { resolveAlert } from '@/server/alerts/raise-alert';
import { gitHubStateOf, loadGitHubConnection, type GitHubConnectionRow } from '@/server/connections/github/github-connection';
import { failConnection, refusalAlertKey } from '@/server/connections/github/github-health';
import { expiredReason, shortfallOf, statusOfToken } from '@/server/connections/github/judge-token';
import { wrongHostReason } from '@/server/connections/github/with-github-token';
import { database } from '@/server/database';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { readGitHubAccount, type GitHubAccount } from '@/server/github/account';
import { GitHubLimitError } from '@/server/github/ask-github';
import { gitHubHost } from '@/server/github/github-host';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { limitRate } from '@/server/rate-limits';
import { maskTokens } from '@/server/secrets/masked-text';
import { revealSecret } from '@/server/secrets/vault';

/** Between two calls of a round, so that a house full of people is not one burst. */
const BETWEEN_MS = 250;
/** After so many calls in a row without an answer, GitHub is down and the rest waits for the next round. */
const PATIENCE = 3;

/** Checks the person's connection now. Throws when GitHub could not be asked: that says nothing of the token. */
export async function checkGitHub(actor: Actor): Promise<GitHubState> {
  await limitRate('check-github', actor.userId, { points: 10, seconds: 60 });
  const state = await gitHubStateOf(actor);
  if (!state.connection) throw new AnyonError('precondition', 'GitHub is not connected.');
  await checkConnection(actor.userId);
  return gitHubStateOf(actor);
}

/**
 * Asks GitHub about every connection that was not asked about for an hour, the longest ago first, with one call for each. What has
 * failed is asked about once a day: GitHub locks out who keeps sending tokens that it refuses. Whose calls are used up is left alone
 * until the time that GitHub names. No answer changes nothing.
 */
export async function checkDueGitHubConnections(signal: AbortSignal, betweenMs = BETWEEN_MS): Promise<void> {
  const limits = processState('github-limits', () => new Map<string, Date>());
  let unanswered = 0;
  for (const { userId } of await dueConnections()) {
    if (signal.aborted || unanswered >= PATIENCE) return;
    if ((limits.get(userId)?.getTime() ?? 0) > Date.now()) continue;
    limits.delete(userId);
    try {
      await checkConnection(userId);
      unanswered = 0;
    } catch (error) {
      if (isAnyonError(error) && error.kind === 'unavailable') unanswered += 1;
      if (error instanceof GitHubLimitError) limits.set(userId, error.until);
      log().info({ userId, reason: describeError(error) }, 'GitHub: a connection could not be checked');
    }
    await sleep(betweenMs, undefined, { signal }).catch(() => {});
  }
}

function dueConnections(): Promise<{ userId: string }[]> {
  const { status, checkedAt, expiresAt } = gitHubConnections;
  const works = ne(status, 'failed');
  const due = or(
    isNull(checkedAt),
    and(works, lt(checkedAt, sql`now() - interval '1 hour'`)),
    and(works, lt(expiresAt, sql`now()`)),
    and(lt(checkedAt, sql`now() - interval '1 day'`), or(isNull(expiresAt), sql`${expiresAt} > now()`)),
  );
  return database()
    .select({ userId: gitHubConnections.userId })
    .from(gitHubConnections)
    .innerJoin(users, and(eq(users.id, gitHubConnections.userId), isNull(users.disabledAt)))
    .where(due)
    .orderBy(sql`${checkedAt} asc nulls first`, asc(gitHubConnections.userId));
}

/** One check. What was changed meanwhile (replaced, disconnected, refused in a run) stays as it is. */
export async function checkConnection(userId: string): Promise<void> {
  const found = await loadGitHubConnection(database(), userId);
  if (!found) return;
  const { row, version } = found;
  const unchanged = eq(gitHubConnections.changeSeq, row.changeSeq);
  const fail = (reason: string) => failConnection(database(), userId, reason, unchanged);
  if (row.host !== gitHubHost()) return void (await fail(wrongHostReason(row.host)));
  if (row.expiresAt && statusOfToken(row.expiresAt) === 'failed') return void (await fail(expiredReason(row.expiresAt)));
  const token = await revealSecret(database(), { secretId: row.secretId, version });
  let account: GitHubAccount;
  try {
    account = await readGitHubAccount(token);
  } catch (error) {
    if (!isAnyonError(error) || error.kind !== 'unauthenticated') throw error;
    if (!(await fail(error.message))) await database().update(gitHubConnections).set({ checkedAt: sql`now()` }).where(and(eq(gitHubConnections.userId, userId), unchanged));
    return;
  }
  await noteGood(row, account, shortfallOf(token, account));
}

async function noteGood(row: GitHubConnectionRow, { login, name, publicEmail, scopes, expiresAt }: GitHubAccount, statusReason: string | null): Promise<void> {
  const judged = statusOfToken(expiresAt);
  const status = judged === 'failed' ? 'expiring' : judged; // by our clock it is over, but GitHub took it just now
  const statusSince = status === row.status ? row.statusSince : sql`now()`;
  await database().transaction(async (tx) => {
    const noted = await tx
      .update(gitHubConnections)
      .set({ status, statusReason: maskTokens(statusReason), statusSince, checkedAt: sql`now()`, login, publicName: maskTokens(name), publicEmail: maskTokens(publicEmail), scopes, expiresAt })
      .where(and(eq(gitHubConnections.userId, row.userId), eq(gitHubConnections.changeSeq, row.changeSeq)))
      .returning({ userId: gitHubConnections.userId });
    if (noted.length > 0) await resolveAlert(tx, refusalAlertKey(row.userId));
  });
}
