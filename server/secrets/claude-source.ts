import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/** Who answers the runs, and with which credential. The credential is a secret: it is handed to the run by file descriptor and masked in everything it writes. */
export interface ClaudeSource {
  kind: 'simulator';
  baseUrl: string;
  credential: { variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR'; value: string };
}

/** No account can be connected yet, so it is the built-in simulator; it takes any key of the right shape. */
const SIMULATOR_KEY = 'sk-ant-api03-anyon-simulator-key-that-opens-nothing';

/** The source for runs that start now. Throws `precondition` when the simulator's address is not known. */
export function claudeSource(): ClaudeSource {
  const baseUrl = env().ANYON_SIMULATOR_URL;
  if (!baseUrl) throw new AnyonError('precondition', 'The Claude simulator has no address (ANYON_SIMULATOR_URL). Start Anyon with `npm run up`.');
  return { kind: 'simulator', baseUrl, credential: { variable: 'CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR', value: SIMULATOR_KEY } };
}
