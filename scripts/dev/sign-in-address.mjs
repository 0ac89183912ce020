import { setTimeout as sleep } from 'node:timers/promises';
import { inProject } from '../setup/project.mjs';
import { runOrFail } from '../setup/run-command.mjs';
import { BUNDLES } from './development-settings.mjs';

/** The first page has to be compiled, on a machine that may be busy. */
const PATIENCE_MS = 600_000;

/** An address that signs in, once and for 24 hours; waits until Anyon answers. */
export async function signInAddress(settings, environment) {
  await untilAnswering(settings);
  const result = await runOrFail(process.execPath, [inProject(BUNDLES, 'parent.mjs'), 'token'], {
    env: { ...environment, ANYON_LOG_LEVEL: 'silent' },
    timeoutMs: 60_000,
    failure: 'The sign-in address could not be made.',
    fix: 'Read what `npm run dev` (or `make docker-dev-logs`) says.',
  });
  return `${settings.publicUrl}/setup?token=${result.stdout.trim()}`;
}

async function untilAnswering({ host, port, publicUrl }) {
  const at = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const response = await fetch(`http://${at}:${port}/api/health?probe=live`, { signal: AbortSignal.timeout(30_000) }).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return;
    if (Date.now() > deadline) throw new Error(`Anyon did not answer at ${publicUrl} within ${PATIENCE_MS / 1000} s.`);
    await sleep(200);
  }
}
