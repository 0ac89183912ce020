import { authSecret } from '@/server/auth/session-cookie';
import { notePeerAddresses, trustedProxies } from '@/server/client-address';
import { database } from '@/server/database';
import { announcePublicUrl, env } from '@/server/env';
import { describeError, isAnyonError } from '@/server/errors';
import { endConnectionsWithAnswers } from '@/server/last-answers';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { assertStrongAuthSecret } from '@/server/secrets/key-check';
import { keyring } from '@/server/secrets/keyring';
import { assertNoMissingKeys } from '@/server/secrets/missing-keys';
import { shutdownController } from '@/server/shutdown';
import { startTracing } from '@/server/telemetry/start-tracing';

/** Open streams end at once; what else goes on gets this long. The parent kills later than that. */
const PATIENCE_MS = 10_000;

/**
 * Prepares the web process, once: refuses to start without its settings, and ends in time on SIGTERM. Next itself waits for
 * open streams for ever, so they are told to end, and a deadline ends the process whatever is left.
 */
export function boot(): Promise<void> {
  return processState('boot', () => {
    requireSettings();
    notePeerAddresses();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end(signal));
    return Promise.all([tracing(), requireReadableSecrets()]).then(() => {});
  });
}

/** The end of this process's traces, once they are made. */
function tracing(): Promise<() => Promise<void>> {
  return processState('web-tracing', () => startTracing('web'));
}

function requireSettings(): void {
  try {
    env();
    authSecret();
    assertStrongAuthSecret(env());
    keyring();
    announcePublicUrl();
    trustedProxies(env().ANYON_TRUSTED_PROXY);
    database();
  } catch (error) {
    refuse(error);
  }
}

/** A database that is down for a moment is no reason: the parent and the worker look as well. */
async function requireReadableSecrets(): Promise<void> {
  try {
    await assertNoMissingKeys(database());
  } catch (error) {
    if (isAnyonError(error)) refuse(error);
    log().warn({ err: error }, 'web: could not look whether every secret can be read');
  }
}

function refuse(error: unknown): never {
  process.stderr.write(`Anyon cannot start: ${describeError(error)}\n`); // the log itself needs the settings
  process.exit(1);
}

function end(signal: string): void {
  log().info({ signal }, 'web: draining; streams end and come back to the next one, requests under way are finished');
  setTimeout(() => process.exit(0), PATIENCE_MS).unref();
  endConnectionsWithAnswers();
  shutdownController().abort();
  void tracing().then((endTracing) => endTracing());
}
