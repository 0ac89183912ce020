import { describeError, isAnyonError } from '@/server/errors';
import { rawDatabase } from '@/server/database';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { printReport } from '@/server/workspaces/reconcile/print-report';
import { requestReconcile } from '@/server/workspaces/reconcile/request-reconcile';

/**
 * `npm run reconcile` (dist/reconcile-command.mjs), in the environment of the running product. With `--dry-run` it compares and
 * shows; without, it asks the worker to act and shows what came of it. Exit code 1 when something failed.
 */
async function main(dryRun: boolean): Promise<boolean> {
  const report = await requestReconcile({ cause: 'command', dryRun });
  process.stdout.write(printReport(report));
  return report.engineProblem === null && report.differences.every(({ result }) => result !== 'failed');
}

keepLogOutOfTheAnswer();
try {
  process.exitCode = (await main(process.argv.includes('--dry-run'))) ? 0 : 1;
} catch (error) {
  const sentence = isAnyonError(error) ? error.message : `The database does not answer (${describeError(error)}). It is started again by itself; look at the server log if it is not.`;
  process.stderr.write(`✗ ${sentence}\n`);
  process.exitCode = 1;
} finally {
  await rawDatabase().end({ timeout: 1 });
}
