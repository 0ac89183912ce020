// `npm run verify`: type check, lint, import floors, unused code. `node scripts/verify.mjs lint` runs one of them.
import { setupUnderProductNode } from './setup/under-product-node.mjs';
import { runVerifySteps } from './setup/verify-steps.mjs';

await setupUnderProductNode('npm run verify', import.meta.url, { work: verify, lock: false });

async function verify() {
  const failed = await runVerifySteps(process.argv.slice(2));
  process.stdout.write(failed.length === 0 ? 'verify: all good\n' : `verify: ${failed.join(', ')} failed\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
