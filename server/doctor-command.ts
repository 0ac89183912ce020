import { processLives } from '@/server/deployment/process-identity';
import { env, tolerateWrongSettings } from '@/server/env';
import { describeError } from '@/server/errors';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { ownProcesses, readParentStatus } from '@/server/parent/parent-status';
import { printChecks } from '@/server/system/print-checks';
import { systemChecks } from '@/server/system/system-status';

/** Nobody waits for a page. */
const PATIENCE_MS = 8_000;

/**
 * `npm run doctor` (dist/doctor-command.mjs): the checks of the System page, also while the product is down or its settings are wrong. With `--json`
 * the same for programs. Exit code 1 when something is to be put right.
 */
async function main(json: boolean): Promise<boolean> {
  const wrong = tolerateWrongSettings();
  keepLogOutOfTheAnswer();
  const placeIsWrong = wrong.some(({ variable }) => variable.endsWith('_DIR'));
  const status = placeIsWrong ? null : readParentStatus();
  const checks = await systemChecks({ running: status !== null && processLives(status), wrong, ours: ownProcesses(status), patienceMs: PATIENCE_MS });
  const ok = checks.every(({ severity }) => severity !== 'failed');
  process.stdout.write(json ? `${JSON.stringify({ ok, mode: env().ANYON_DEPLOYMENT_MODE, checks }, null, 2)}\n` : printChecks(checks));
  return ok;
}

try {
  process.exitCode = (await main(process.argv.includes('--json'))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`✗ ${describeError(error)}\n`);
  process.exitCode = 1;
}
process.exit(); // a check that hangs is left behind
