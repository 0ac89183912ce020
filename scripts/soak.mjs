// `npm run soak [-- --minutes 10 --people 3 --tabs 3 --seed 1]`: people at work on a product of its own for two hours; memory and descriptors must stay flat, nothing may be left.
import { fileURLToPath } from 'node:url';
import { setupMain } from './setup/main.mjs';
import { continueUnderProductNode } from './setup/node-runtime.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, bringNode, checkMachine } from './setup/prepare.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { runNode } from './setup/verify-steps.mjs';

const ready = await setupMain('npm run soak', async () => {
  const settings = readSettings();
  if (!process.env.ANYON_SETUP_CONTINUES) await checkMachine(settings);
  prepareDataDir(settings.dataDir);
  if (!(await bringNode())) return 'needs node';
  await bringDependencies();
  await bringEngineAndImages(settings);
  await bringBuild();
  return 'ready';
});
if (ready === 'needs node') await continueUnderProductNode(fileURLToPath(import.meta.url));
else if (ready === 'ready') process.exitCode = await runNode(['--import', 'tsx', inProject('tests/soak/soak.ts'), ...process.argv.slice(2)], process.env);
