import { randomUUID } from 'node:crypto';
import type { TrialOutcome } from '@/server/connections/claude/booth/judge-trial';
import { tryAccount } from '@/server/connections/claude/booth/try-account';
import { withBooth } from '@/server/connections/claude/booth/booth';
import { accountDestinations, accountSource, type ClaudeAccount } from '@/server/connections/claude/claude-account';
import { containerEngine } from '@/server/containers/container-engine';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

/** Each takes a container with up to 1 GiB. */
const MOST_AT_ONCE = 3;

/** Tries an account in a booth of its own. Throws `conflict` while one of the same person's is being tried, `limit_reached` while too many others are. */
export async function tryInBooth(userId: string, account: ClaudeAccount, value: string): Promise<TrialOutcome> {
  const trying = processState('claude-trials', () => new Set<string>());
  if (trying.has(userId)) throw new AnyonError('conflict', 'Your Claude account is being tried at this moment. Wait until that has ended.');
  if (trying.size >= MOST_AT_ONCE) throw new AnyonError('limit_reached', 'Other Claude accounts are being tried at this moment. Try again in a minute.');
  trying.add(userId);
  try {
    const plan = { id: randomUUID(), userId, purpose: 'check' as const, destinations: accountDestinations(account) };
    const signal = new AbortController().signal; // each step has a time limit of its own
    return await withBooth(containerEngine(), plan, (booth) => tryAccount(booth, accountSource(account, value, null), signal));
  } finally {
    trying.delete(userId);
  }
}
