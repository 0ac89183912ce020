import { fileURLToPath } from 'node:url';
import { setupMain } from './main.mjs';
import { continueUnderProductNode } from './node-runtime.mjs';
import { bringNode } from './prepare.mjs';

/**
 * `setupMain` for commands that need the product's Node: brings it where it is absent and goes on under it. `before` runs
 * once, in front of that; `script` is the command's `import.meta.url`. Resolves with what `work` returned; `elsewhere` when
 * the work was done by the other Node, and undefined after a failure.
 */
export async function setupUnderProductNode(name, script, { before = async () => {}, work, lock = true }) {
  const continues = process.env.ANYON_SETUP_CONTINUES === '1';
  delete process.env.ANYON_SETUP_CONTINUES; // not for the commands that this one runs
  const result = await setupMain(
    name,
    async () => {
      if (!continues) await before();
      return (await bringNode()) ? work() : 'elsewhere';
    },
    { lock },
  );
  if (result === 'elsewhere') await continueUnderProductNode(fileURLToPath(script));
  return result;
}
