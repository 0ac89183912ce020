import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import type { ConnectionStatus, GitHubConnection } from '@/contract/connection';
import type { StateLook } from '@/components/ui/state-badge';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const gitHubLooks: Readonly<Record<ConnectionStatus, StateLook>> = {
  connected: { tone: 'succeeded', icon: CircleCheck, word: 'Connected' },
  expiring: { tone: 'needs-you', icon: TriangleAlert, word: 'Ends soon' },
  failed: { tone: 'failed', icon: CircleAlert, word: 'Failed' },
};

const scopeWords: Readonly<Record<string, string>> = {
  repo: 'all repositories',
  public_repo: 'public repositories',
  workflow: 'workflows of GitHub Actions',
  'read:org': 'organisations (reading)',
  'read:user': 'profile (reading)',
};

/** What the token may do. Unknown scopes stand as GitHub writes them. */
export function scopesInWords({ scopes, statusReason }: Pick<GitHubConnection, 'scopes' | 'statusReason'>): string {
  if (scopes.length > 0) return scopes.map((scope) => scopeWords[scope] ?? scope).join(', ');
  return statusReason === null ? 'what was chosen on GitHub for this fine-grained token' : 'nothing that GitHub names';
}

/** `in 12 days`, `in less than a day`, `on 3 March 2027` for what is far away, or that it is over. */
export function endInWords(expiresAt: Date | null, now: number): string {
  if (expiresAt === null) return 'never, as far as GitHub says';
  const left = expiresAt.getTime() - now;
  if (left <= 0) return 'it has ended';
  const days = Math.floor(left / DAY_MS);
  if (days === 0) return 'in less than a day';
  return days <= 60 ? `in ${days} ${days === 1 ? 'day' : 'days'}` : `on ${expiresAt.toLocaleDateString(undefined, { year: 'numeric', month: 'long', day: 'numeric' })}`;
}

/** True when checks, which come every hour, have found no answer for a while. */
export function isUnchecked({ status, checkedAt }: Pick<GitHubConnection, 'status' | 'checkedAt'>, now: number): boolean {
  return status !== 'failed' && checkedAt !== null && now - checkedAt.getTime() > 2 * HOUR_MS;
}
