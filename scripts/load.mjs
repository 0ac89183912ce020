// `npm run load [-- --minutes 1 --runs 5 …]`: a heavy load on a product of its own, watched by a hundred tabs, with a verdict; `npm run load -- --scale`: how cost grows. See docs/scale.md.
import { fileURLToPath } from 'node:url';
import { setupMain } from './setup/main.mjs';
import { continueUnderProductNode } from './setup/node-runtime.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, bringNode, checkMachine } from './setup/prepare.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { runNode } from './setup/verify-steps.mjs';

/** What follows `--scale`, and the program for it; without it, the load. */
const args = process.argv.slice(2);
const program = args[0] === '--scale' ? 'scale' : 'load';

const ready = await setupMain('npm run load', async () => {
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
else if (ready === 'ready') process.exitCode = await runNode(['--import', 'tsx', inProject(`tests/load/${program}.ts`), ...(program === 'scale' ? args.slice(1) : args)], process.env);
