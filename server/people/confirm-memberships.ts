import { and, eq, exists, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import { allowedGitHub, apiTokens, gitHubConnections, sessions, users } from '@/db/schema';
import { loadGitHubConnection } from '@/server/connections/github/github-connection';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { gitHubHost } from '@/server/github/github-host';
import { isOrganisationMember } from '@/server/github/organisations';
import { log } from '@/server/log';
import { isLiveToken } from '@/server/people/api-tokens/find-live-token';
import { isLiveSession } from '@/server/people/sessions';
import { revealSecret } from '@/server/secrets/vault';

/** Confirmed more lately than this needs no confirming yet; half of the hour is left then for GitHub to answer. */
const FRESH_MINUTES = 30;

/**
 * Asks GitHub anew about people whom an organisation lets in and who are signed in or have an API token, with the token of their own GitHub connection. Only a "yes"
 * prolongs: with any other answer, or none, their hour runs out (admission-rule.ts) and they sign in again. So does the hour of
 * people without a connection.
 */
export async function confirmMemberships(signal: AbortSignal): Promise<void> {
  for (const person of await peopleToConfirm()) {
    if (signal.aborted) return;
    try {
      if (await isConfirmed(person)) await database().update(users).set({ admittedAt: sql`now()` }).where(and(eq(users.id, person.id), eq(users.admittedOrganisationId, person.organisationId)));
    } catch (error) {
      log().info({ userId: person.id, reason: describeError(error) }, 'a membership could not be confirmed; it holds for the rest of its hour');
    }
  }
}

interface PersonToConfirm {
  id: string;
  githubId: number;
  organisationId: number;
}

async function peopleToConfirm(): Promise<PersonToConfirm[]> {
  const db = database();
  const live = db.select({ one: sql`1` }).from(sessions).where(and(eq(sessions.userId, users.id), isLiveSession()));
  const withToken = db.select({ one: sql`1` }).from(apiTokens).where(and(eq(apiTokens.userId, users.id), isLiveToken()));
  const listed = db.select({ one: sql`1` }).from(allowedGitHub).where(and(eq(allowedGitHub.kind, 'organisation'), eq(allowedGitHub.githubId, users.admittedOrganisationId)));
  const rows = await db
    .select({ id: users.id, githubId: users.githubId, organisationId: users.admittedOrganisationId })
    .from(users)
    .innerJoin(gitHubConnections, eq(gitHubConnections.userId, users.id))
    .where(and(isNull(users.disabledAt), isNotNull(users.githubId), lt(users.admittedAt, sql`now() - make_interval(mins => ${FRESH_MINUTES})`), or(exists(live), exists(withToken)), exists(listed)));
  return rows.flatMap(({ id, githubId, organisationId }) => (githubId === null || organisationId === null ? [] : [{ id, githubId, organisationId }]));
}

/** The connection may be to an account that is not the one they sign in with, or to another host: that says nothing of them. */
async function isConfirmed({ id, githubId, organisationId }: PersonToConfirm): Promise<boolean> {
  const found = await loadGitHubConnection(database(), id);
  if (!found || found.row.gitHubId !== githubId || found.row.host !== gitHubHost() || found.row.status === 'failed') return false;
  return isOrganisationMember(await revealSecret(database(), { secretId: found.row.secretId, version: found.version }), organisationId);
}
