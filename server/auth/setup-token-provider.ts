import Credentials from 'next-auth/providers/credentials';
import { clientAddress } from '@/server/client-address';
import { SignInRefused } from '@/server/auth/sign-in-refused';
import { admitOwner } from '@/server/people/admit-owner';
import { recordRefusal } from '@/server/people/sign-in';

export const SETUP_TOKEN_PROVIDER = 'setup-token';

/** Signs in the owner of a `local` install by the one-time token that `npm run up` printed. */
export function setupTokenProvider() {
  return Credentials({
    id: SETUP_TOKEN_PROVIDER,
    name: 'One-time sign-in link',
    credentials: { token: { type: 'password' } },
    async authorize({ token }, request) {
      const admission = typeof token === 'string' && token.length <= 200 ? await admitOwner(token) : { refusal: 'setup-token-unknown' as const };
      if ('userId' in admission) return { id: admission.userId };
      await recordRefusal({ via: 'setup_token', reason: admission.refusal, from: clientAddress(request.headers) });
      throw new SignInRefused(admission.refusal);
    },
  });
}
