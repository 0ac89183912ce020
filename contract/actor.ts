import type { TokenScope } from '@/contract/api-token';

/** Who asks: a signed-in, enabled person with a live session or API token. Made only by server/auth, from its row, at every request. */
export interface Actor {
  readonly userId: string;
  /** Of one who came by a token: the token's id, which is no session's. */
  readonly sessionId: string;
  readonly login: string;
  /** Whoever comes by a token is a member here, also an administrator: a token reaches what its person has of their own. */
  readonly role: 'admin' | 'member';
  /** Set when the person came by an API token: then only what its scopes name may be called. */
  readonly token?: { readonly id: string; readonly name: string; readonly scopes: readonly TokenScope[]; readonly expiresAt: Date };
}
