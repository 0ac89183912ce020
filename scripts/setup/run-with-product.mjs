import { prepareDataDir } from './data-dir.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, checkMachine } from './prepare.mjs';
import { inProject } from './project.mjs';
import { readSettings } from './settings.mjs';
import { setupUnderProductNode } from './under-product-node.mjs';
import { runNode } from './verify-steps.mjs';

/** Brings all that a product of its own needs, and then runs a TypeScript file of this project. `name` and `script` as in `setupUnderProductNode`; the exit code is the file's. */
export async function runWithProduct(name, script, file, args) {
  const ready = await setupUnderProductNode(name, script, {
    before: () => checkMachine(readSettings()),
    async work() {
      const settings = readSettings();
      prepareDataDir(settings.dataDir);
      await bringDependencies();
      await bringEngineAndImages(settings);
      await bringBuild();
      return 'ready';
    },
  });
  if (ready === 'ready') process.exitCode = await runNode(['--import', 'tsx', inProject(file), ...args], process.env);
}
