import { eq } from 'drizzle-orm';
import { claudeConnections } from '@/db/schema';
import { accountSource, type ClaudeSource } from '@/server/connections/claude/claude-account';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { currentVersion, revealSecret } from '@/server/secrets/vault';

export type { ClaudeSource } from '@/server/connections/claude/claude-account';

/** It takes any key of the right shape. */
const SIMULATOR_KEY = 'sk-ant-api03-anyon-simulator-key-that-opens-nothing';

/**
 * The source for runs that this person starts now: their own connection, never somebody else's; the built-in simulator while they
 * have none. A connection that has failed is still theirs: the run then finds out and waits. Throws `precondition` when neither is there,
 * or when the secret cannot be read.
 */
export async function claudeSourceFor(userId: string): Promise<ClaudeSource> {
  const [row] = await database().select().from(claudeConnections).where(eq(claudeConnections.userId, userId));
  if (!row) return simulatorSource();
  const version = await currentVersion(database(), row.secretId);
  if (!version) throw new AnyonError('precondition', 'The secret of your Claude connection is gone. Connect Claude again on the Settings page.');
  return accountSource(row, await revealSecret(database(), version), version);
}

function simulatorSource(): ClaudeSource {
  const baseUrl = env().ANYON_SIMULATOR_URL;
  if (!baseUrl) throw new AnyonError('precondition', 'The Claude simulator has no address (ANYON_SIMULATOR_URL). Start Anyon with `npm run up`.');
  return { kind: 'simulator', baseUrl, env: {}, credential: { reading: { by: 'descriptor', variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR' }, value: SIMULATOR_KEY, secret: null } };
}
