// `npm run doctor`: what stands in Anyon's way on this machine, each with its fix; the checks of the System page. Works while Anyon is down, too. `npm run --silent doctor -- --json`
// prints the same for programs.
import { runningParent } from './setup/product-status.mjs';
import { runOfflineCommand, runProductCommand } from './setup/product-command.mjs';
import { keepProgressOutOfTheAnswer } from './setup/progress.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

const args = process.argv.slice(2);
if (args.includes('--json')) keepProgressOutOfTheAnswer();

const settings = () => readSettings(process.env, process.getuid(), { tolerant: true });
const run = () => (runningParent(settings()) ? runProductCommand : runOfflineCommand)('doctor-command.mjs', args, { ANYON_LOG_LEVEL: 'silent' });

await setupUnderProductNode('npm run doctor', import.meta.url, { work: run, lock: false });
