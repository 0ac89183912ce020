import type { User } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import { gitHubTokenSchema } from '@/contract/connection';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import { admitFrom } from '@/server/auth/admit-from';
import { SignInRefused } from '@/server/auth/sign-in-refused';
import { clientAddress } from '@/server/client-address';
import { isAnyonError } from '@/server/errors';
import { readGitHubAccount } from '@/server/github/account';
import { recordRefusal } from '@/server/people/sign-in';

export const GITHUB_TOKEN_PROVIDER = 'github-token';

/** Somebody who signed in by a token, with what GitHub said of it. */
export interface TokenUser extends User {
  tokenScopes: string[];
  tokenExpiresAt: Date | null;
}

/** Signs in whoever holds a personal access token, by what GitHub says about it. The token is used for that and then forgotten. */
export function githubTokenProvider() {
  return Credentials({
    id: GITHUB_TOKEN_PROVIDER,
    name: 'GitHub token',
    credentials: { token: { type: 'password' }, setupToken: { type: 'password' } },
    async authorize({ token, setupToken }, request): Promise<TokenUser> {
      const parsed = gitHubTokenSchema.safeParse(token);
      if (!parsed.success) return refuse(request.headers, 'pat-malformed');
      const account = await readGitHubAccount(parsed.data).catch((error: unknown) => refuse(request.headers, reasonFor(error)));
      const admission = await admitFrom({ headers: request.headers, via: 'pat', person: account, token: parsed.data, setupToken: setupTokenOf(setupToken) });
      if ('refusal' in admission) throw new SignInRefused(admission.refusal);
      return { id: admission.userId, tokenScopes: account.scopes, tokenExpiresAt: account.expiresAt };
    },
  });
}

async function refuse(headers: Headers, reason: SignInErrorCode): Promise<never> {
  await recordRefusal({ via: 'pat', reason, from: clientAddress(headers) });
  throw new SignInRefused(reason);
}

function reasonFor(error: unknown): SignInErrorCode {
  if (!isAnyonError(error)) throw error;
  return error.kind === 'unauthenticated' ? 'pat-unknown' : 'github-unreachable';
}

function setupTokenOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null;
}
