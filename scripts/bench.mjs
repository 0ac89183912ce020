// `npm run bench -- NAME`: one benchmark of tests/bench, on this machine; prints a table and writes bench-results/NAME.json.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setupMain } from './setup/main.mjs';
import { continueUnderProductNode } from './setup/node-runtime.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, bringNode, checkMachine } from './setup/prepare.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { say } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { runNode } from './setup/verify-steps.mjs';

/** Names of the benchmarks there are. */
const benchmarks = ['log-path', 'masking', 'open-log', 'stop', 'workspaces'];
/** Those that need nothing but Node. */
const pure = ['masking', 'open-log'];

const name = process.argv[2] ?? '';
if (!benchmarks.includes(name) || !fs.existsSync(inProject(`tests/bench/${name}.ts`))) {
  say(`Say which benchmark: npm run bench -- ${benchmarks.join(' | ')}`);
  process.exitCode = 2;
} else {
  const ready = await setupMain('npm run bench', async () => {
    const settings = readSettings();
    if (!process.env.ANYON_SETUP_CONTINUES) await checkMachine(settings);
    prepareDataDir(settings.dataDir);
    if (!(await bringNode())) return 'needs node';
    await bringDependencies();
    if (pure.includes(name)) return 'ready';
    await bringEngineAndImages(settings);
    await bringBuild();
    return 'ready';
  });
  if (ready === 'needs node') await continueUnderProductNode(fileURLToPath(import.meta.url));
  else if (ready === 'ready') process.exitCode = await runNode(['--import', 'tsx', inProject(`tests/bench/${name}.ts`)], process.env);
}
