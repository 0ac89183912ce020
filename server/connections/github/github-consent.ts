import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { GitHubConsentOutcome } from '@/contract/github-consent';
import { gitHubConsents } from '@/db/schema';
import { keepGitHubToken } from '@/server/connections/github/connect-github';
import { database } from '@/server/database';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { consentUrl, exchangeConsent, isGitHubIssuer, offersConsent } from '@/server/github/oauth-consent';
import { log } from '@/server/log';
import { limitRate } from '@/server/rate-limits';
import { openText, sealText } from '@/server/secrets/vault';

const PURPOSE = 'github-consent';
/** How long a person may take on GitHub's pages. */
const LIFETIME_SECONDS = 600;

/**
 * Begins to ask GitHub for a token for somebody who is signed in, and returns the address to go to. The state belongs to this very
 * session and works once; only the last request of a session counts.
 */
export async function beginGitHubConsent(actor: Actor): Promise<string> {
  if (!offersConsent()) throw new AnyonError('precondition', 'This install cannot ask GitHub for consent. Paste a token.');
  await limitRate('connect-github', actor.userId, { points: 10, seconds: 60 });
  const state = randomBytes(32).toString('base64url');
  const verifier = randomBytes(32).toString('base64url');
  const values = { stateHash: hashOf(state), sealedVerifier: sealText(verifier, PURPOSE, actor.sessionId), createdAt: sql`now()` };
  await database()
    .insert(gitHubConsents)
    .values({ sessionId: actor.sessionId, ...values })
    .onConflictDoUpdate({ target: gitHubConsents.sessionId, set: values });
  return consentUrl({ state, verifier });
}

/** Takes GitHub's answer, which came by the person's browser and may be anybody's doing. Says what came of it; never throws for what GitHub or a stranger did. */
export async function finishGitHubConsent(actor: Actor, answer: URLSearchParams): Promise<GitHubConsentOutcome> {
  const verifier = await takeVerifier(actor, answer.get('state') ?? '');
  if (verifier === null || !isGitHubIssuer(answer.get('iss'))) return 'stale';
  const code = answer.get('code');
  if (answer.get('error') === 'access_denied') return 'denied';
  if (!code || answer.has('error')) return 'refused';
  try {
    await keepGitHubToken(actor, await exchangeConsent({ code, verifier }), 'oauth');
    return 'connected';
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    log().warn({ reason: error.message, cause: describeError(error.cause ?? '') }, 'GitHub: consent did not lead to a token');
    if (error.kind === 'unavailable') return 'unavailable';
    return error.kind === 'limit_reached' ? 'limited' : 'refused';
  }
}

/** The secret half of the request that this state belongs to, once; null when it is not this session's, was used, or is too old. */
async function takeVerifier(actor: Actor, state: string): Promise<string | null> {
  const [taken] = await database()
    .delete(gitHubConsents)
    .where(and(eq(gitHubConsents.sessionId, actor.sessionId), eq(gitHubConsents.stateHash, hashOf(state)), gt(gitHubConsents.createdAt, sql`now() - make_interval(secs => ${LIFETIME_SECONDS})`)))
    .returning({ sealedVerifier: gitHubConsents.sealedVerifier });
  return taken ? openText(taken.sealedVerifier, PURPOSE, actor.sessionId) : null;
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}
