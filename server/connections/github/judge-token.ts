import type { ConnectionStatus } from '@/contract/connection';
import type { GitHubAccount } from '@/server/github/account';

/** A token that ends within this is told of. */
const EXPIRING_MS = 14 * 24 * 3_600_000;

/** How a token stands that GitHub knows, or knew when it was last asked. */
export function statusOfToken(expiresAt: Date | null, now = Date.now()): ConnectionStatus {
  if (expiresAt === null) return 'connected';
  if (expiresAt.getTime() <= now) return 'failed';
  return expiresAt.getTime() - now <= EXPIRING_MS ? 'expiring' : 'connected';
}

export function expiredReason(expiresAt: Date): string {
  return `The token expired on ${expiresAt.toISOString().slice(0, 10)}. Replace it with a new one.`;
}

/** What the token may not do, as far as GitHub tells; null when it may do everything, or GitHub names no scopes of its kind. */
export function shortfallOf(token: string, { scopes }: Pick<GitHubAccount, 'scopes'>): string | null {
  if (/^(github_pat|ghu|ghs)_/.test(token)) return null;
  if (!scopes.includes('repo')) return 'The token lacks the scope “repo”: private repositories, pushes and pull requests will not work.';
  if (!scopes.includes('workflow')) return 'The token lacks the scope “workflow”: pushes that change GitHub Actions workflows will be refused.';
  return null;
}
