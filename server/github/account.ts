import { AnyonError } from '@/server/errors';

/** What GitHub says about a token and whose it is. */
export interface GitHubAccount {
  /** The identity: a login can be renamed and taken by somebody else. */
  id: number;
  login: string;
  name: string | null;
  avatarUrl: string | null;
  /** Of a classic token or an OAuth token; a fine-grained token names none. */
  scopes: string[];
  /** Null: it never ends, or GitHub does not say. */
  expiresAt: Date | null;
}

/**
 * Asks GitHub whose token this is. Throws `unauthenticated` when GitHub does not know it (any more), `unavailable` when GitHub
 * does not answer, `limit_reached` with the time when the token has used up its calls.
 */
export async function readGitHubAccount(_token: string): Promise<GitHubAccount> {
  throw new AnyonError('internal', 'Not built yet.');
}
