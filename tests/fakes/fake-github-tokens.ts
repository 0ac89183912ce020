import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FakeGitHubUser } from '@/tests/fakes/fake-github-user';

/** A token that the fake GitHub knows. */
export interface FakeToken {
  value: string;
  user: FakeGitHubUser;
  /** Null: a fine-grained token, of which GitHub names no scopes. */
  scopes: string[] | null;
  expiresAt: Date | null;
  /** Calls that it has left; null: enough. */
  callsLeft: number | null;
  revoked: boolean;
}

/** Every token that was given out, by the OAuth flow or by a person on the settings page. */
export class FakeTokens {
  readonly #tokens = new Map<string, FakeToken>();

  add(user: FakeGitHubUser, options: Partial<Pick<FakeToken, 'scopes' | 'expiresAt' | 'callsLeft'>> & { prefix?: string } = {}): FakeToken {
    const { prefix = 'ghp_', scopes = ['repo', 'read:org', 'workflow'], expiresAt = null, callsLeft = null } = options;
    const token: FakeToken = { value: `${prefix}${randomBytes(18).toString('hex')}`, user, scopes, expiresAt, callsLeft, revoked: false };
    this.#tokens.set(token.value, token);
    return token;
  }

  /** All that were given out. */
  all(): Iterable<FakeToken> {
    return this.#tokens.values();
  }

  /** The token of a request, if it is good now. GitHub takes `Bearer` and `token`. */
  of(request: IncomingMessage): FakeToken | null {
    const token = this.#tokens.get((request.headers.authorization ?? '').replace(/^(Bearer|token) /i, ''));
    const over = !token || token.revoked || (token.expiresAt !== null && token.expiresAt.getTime() <= Date.now());
    return over ? null : token;
  }
}

/** The headers with which GitHub tells of a token, whatever the answer. */
export function tokenHeaders({ scopes, expiresAt, callsLeft }: FakeToken): Record<string, string> {
  return {
    ...(scopes && { 'x-oauth-scopes': scopes.join(', ') }),
    ...(expiresAt && { 'github-authentication-token-expiration': `${expiresAt.toISOString().slice(0, 19).replace('T', ' ')} UTC` }),
    'x-ratelimit-remaining': String(callsLeft ?? 4999),
    'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 600),
  };
}
