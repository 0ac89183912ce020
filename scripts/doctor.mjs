// `npm run doctor`: what stands in Anyon's way on this machine, each with its fix; the checks of the System page. Works while Anyon is down, too.
import { runningParent } from './setup/product-status.mjs';
import { runOfflineCommand, runProductCommand } from './setup/product-command.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

const run = () => (runningParent(readSettings()) ? runProductCommand : runOfflineCommand)('doctor-command.mjs', [], { ANYON_LOG_LEVEL: 'silent' });

await setupUnderProductNode('npm run doctor', import.meta.url, { work: run, lock: false });
