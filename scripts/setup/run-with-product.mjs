import { prepareDataDir } from './data-dir.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, checkMachine } from './prepare.mjs';
import { say } from './progress.mjs';
import { inProject } from './project.mjs';
import { runToItsEnd } from './run-to-its-end.mjs';
import { readSettings } from './settings.mjs';
import { setupUnderProductNode } from './under-product-node.mjs';

/**
 * Brings all that a product of its own needs, and then runs a TypeScript file of this project with these arguments. `name` and `script` as in
 * `setupUnderProductNode`; `readArguments` throws a sentence when the call was wrong. The exit code is the file's, or 1.
 */
export async function runWithProduct(name, script, file, readArguments) {
  const args = readOrSay(readArguments);
  if (args === null) return;
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
  if (ready === 'ready') process.exitCode = await runToItsEnd(['--import', 'tsx', inProject(file), ...args]);
}

/** Null when the call was wrong, which has been said: before anything is set up. */
function readOrSay(readArguments) {
  try {
    return readArguments();
  } catch (error) {
    say(`✗ ${error.message}`);
    process.exitCode = 1;
    return null;
  }
}
