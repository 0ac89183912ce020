import { processLives } from '@/server/deployment/process-identity';
import { describeError } from '@/server/errors';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { readParentStatus } from '@/server/parent/parent-status';
import { printChecks } from '@/server/system/print-checks';
import { systemChecks } from '@/server/system/system-status';

/** `npm run doctor` (dist/doctor-command.mjs): the checks of the System page, also while the product is down. Exit code 1 when something is to be put right. */
async function main(): Promise<boolean> {
  const status = readParentStatus();
  const checks = await systemChecks({ running: status !== null && processLives(status) });
  process.stdout.write(printChecks(checks));
  return checks.every(({ severity }) => severity !== 'failed');
}

try {
  keepLogOutOfTheAnswer();
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`✗ ${describeError(error)}\n`); // settings that cannot be read, each with what it should be
  process.exitCode = 1;
}
process.exit(); // a check that hangs is left behind
