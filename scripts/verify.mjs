// `npm run verify`: type check, lint, import floors, unused code. `node scripts/verify.mjs lint` runs one of them.
import { runVerifySteps } from './setup/verify-steps.mjs';

const failed = await runVerifySteps(process.argv.slice(2));
process.stdout.write(failed.length === 0 ? 'verify: all good\n' : `verify: ${failed.join(', ')} failed\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
