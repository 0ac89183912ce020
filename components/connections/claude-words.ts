import { CircleAlert, CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ClaudeConnection, ClaudeMethod, ConnectionStatus } from '@/contract/connection';
import type { StateLook } from '@/components/ui/state-badge';

const DAY_MS = 86_400_000;

export const claudeLooks: Readonly<Record<ConnectionStatus, StateLook>> = {
  connected: { tone: 'succeeded', icon: CircleCheck, word: 'Connected' },
  expiring: { tone: 'needs-you', icon: TriangleAlert, word: 'Ends soon' },
  failed: { tone: 'failed', icon: CircleAlert, word: 'Failed' },
};

export const signingIn: StateLook = { tone: 'running', icon: LoaderCircle, word: 'Sign-in under way', spins: true };

export const claudeMethodChoices: { value: ClaudeMethod; label: string; hint: string }[] = [
  { value: 'subscription', label: 'Claude subscription', hint: 'Pro, Max, Team or Enterprise: you approve in your browser.' },
  { value: 'api_key', label: 'API key', hint: 'From the Claude Console; billed by use.' },
  { value: 'gateway', label: 'LLM gateway', hint: 'A server of your organisation that speaks Anthropic’s API.' },
  { value: 'bedrock', label: 'Amazon Bedrock', hint: 'With a Bedrock API key.' },
  { value: 'vertex', label: 'Google Vertex AI', hint: 'With the key of a service account.' },
];

export function methodName(method: ClaudeMethod): string {
  return claudeMethodChoices.find(({ value }) => value === method)?.label ?? method;
}

/** `Claude subscription`, `LLM gateway llm.corp:4000`. */
export function accountInWords({ method, account }: Pick<ClaudeConnection, 'method' | 'account'>): string {
  return account === null ? methodName(method) : `${methodName(method)}, ${account}`;
}

/** Null when nothing is known of an end. */
export function claudeEndInWords(expiresAt: Date | null, now: number): string | null {
  if (expiresAt === null) return null;
  const left = expiresAt.getTime() - now;
  if (left <= 0) return 'has ended';
  const days = Math.floor(left / DAY_MS);
  if (days === 0) return 'in less than a day';
  return days <= 60 ? `in ${days} ${days === 1 ? 'day' : 'days'}` : `on ${expiresAt.toLocaleDateString(undefined, { year: 'numeric', month: 'long', day: 'numeric' })}`;
}
