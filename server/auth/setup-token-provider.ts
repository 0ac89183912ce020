import { CredentialsSignin } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import { findOrCreateOwner } from '@/server/auth/people';
import { consumeSetupToken } from '@/server/auth/setup-token';
import { database } from '@/server/database';
import { env } from '@/server/env';

export const SETUP_TOKEN_PROVIDER = 'setup-token';

/** Refusal of a one-time token; `code` is what the page shows a sentence for. */
class SetupTokenRefused extends CredentialsSignin {
  constructor(code: SignInErrorCode) {
    super(`The setup token was refused: ${code}`);
    this.code = code;
  }
}

/** Signs in the owner of a `local` install by the one-time token that `npm run up` printed. */
export function setupTokenProvider() {
  return Credentials({
    id: SETUP_TOKEN_PROVIDER,
    name: 'One-time sign-in link',
    credentials: { token: { type: 'password' } },
    async authorize({ token }) {
      if (env().ANYON_DEPLOYMENT_MODE !== 'local') throw new SetupTokenRefused('setup-token-not-local');
      if (typeof token !== 'string' || token.length > 200) throw new SetupTokenRefused('setup-token-unknown');
      const refusal = await consumeSetupToken(database(), token);
      if (refusal) throw new SetupTokenRefused(refusal);
      const owner = await findOrCreateOwner(database());
      if (!owner) throw new SetupTokenRefused('owner-disabled');
      return owner;
    },
  });
}
