import { describeError, isAnyonError } from '@/server/errors';
import { rawDatabase } from '@/server/database';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { readRetention } from '@/server/system/retention/forecast';
import { printForecast } from '@/server/system/retention/print-forecast';
import { requestRetentionRound } from '@/server/system/retention/request-round';

/**
 * `npm run retention` (dist/retention-command.mjs), in the environment of the running product. With `--dry-run` it shows what will go by the rules;
 * without, it asks the worker to apply those that do not wait, and shows what is left to go. `--json` for programs.
 */
async function main(args: readonly string[]): Promise<void> {
  if (!args.includes('--dry-run')) await requestRetentionRound();
  const view = await readRetention();
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(view, null, 2)}\n` : printForecast(view));
}

keepLogOutOfTheAnswer();
try {
  await main(process.argv.slice(2));
} catch (error) {
  const sentence = isAnyonError(error) ? error.message : `The database does not answer (${describeError(error)}). It is started again by itself; look at the server log if it is not.`;
  process.stderr.write(`✗ ${sentence}\n`);
  process.exitCode = 1;
} finally {
  await rawDatabase().end({ timeout: 1 });
}
