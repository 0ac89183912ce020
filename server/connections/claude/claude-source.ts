import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/**
 * Who answers a run, and with which credential. The credential is a secret: it is handed to the run in a file and by file
 * descriptor, and masked in everything the run writes. `env` holds no secret.
 */
export interface ClaudeSource {
  kind: 'simulator' | 'account';
  baseUrl: string;
  env: Readonly<Record<string, string>>;
  credential: {
    /** Tells the CLI the number of the descriptor. */
    variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR' | 'CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR';
    value: string;
    /** Where the value is stored; null for the simulator's, which opens nothing. */
    secret: { id: string; version: number; name: string } | null;
  };
}

/** It takes any key of the right shape. */
const SIMULATOR_KEY = 'sk-ant-api03-anyon-simulator-key-that-opens-nothing';

/**
 * The source for runs that this person starts now: their own connection, never somebody else's; the built-in simulator while
 * they have none. Throws `precondition` when neither is there.
 */
export async function claudeSourceFor(_userId: string): Promise<ClaudeSource> {
  const baseUrl = env().ANYON_SIMULATOR_URL;
  if (!baseUrl) throw new AnyonError('precondition', 'The Claude simulator has no address (ANYON_SIMULATOR_URL). Start Anyon with `npm run up`.');
  return { kind: 'simulator', baseUrl, env: {}, credential: { variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR', value: SIMULATOR_KEY, secret: null } };
}
