import { authSecret } from '@/server/auth/session-cookie';
import { database } from '@/server/database';
import { announcePublicUrl, env } from '@/server/env';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { shutdownController } from '@/server/trpc/until-shutdown';

/** Open streams end at once; what else goes on gets this long. The parent kills later than that. */
const PATIENCE_MS = 10_000;

/**
 * Prepares the web process, once: refuses to start without its settings, and ends in time on SIGTERM. Next itself waits for
 * open streams for ever, so they are told to end, and a deadline ends the process whatever is left.
 */
export function boot(): void {
  processState('boot', () => {
    requireSettings();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end(signal));
    return true;
  });
}

function requireSettings(): void {
  try {
    env();
    authSecret();
    announcePublicUrl();
    database();
  } catch (error) {
    process.stderr.write(`Anyon cannot start: ${describeError(error)}\n`); // the log itself needs the settings
    process.exit(1);
  }
}

function end(signal: string): void {
  log().info({ signal }, 'web: ending');
  setTimeout(() => process.exit(0), PATIENCE_MS).unref();
  shutdownController().abort();
}
