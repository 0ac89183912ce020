// `npm run up`: from a fresh machine to an address that signs you in. Runs on plain Node 20, without any package.
import path from 'node:path';
import { buildIsCurrent } from './setup/build-product.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { bringFirewall } from './setup/firewall.mjs';
import { takeLock } from './setup/lock.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, checkMachine } from './setup/prepare.mjs';
import { assertPortIsOurs, runningParent } from './setup/product-status.mjs';
import { bringQuotaTools } from './setup/quota-tools.mjs';
import { say, step } from './setup/progress.mjs';
import { readSettings } from './setup/settings.mjs';
import { releaseName } from './setup/source-hash.mjs';
import { assertMayStart, bringDatabaseForward, handOver, logFileOf, setupAddress, startProduct } from './setup/start-product.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

await setupUnderProductNode('npm run up', import.meta.url, {
  async before() {
    const settings = settingsForStart();
    await checkMachine(settings);
    // Before the long steps, not after. What is built already looks at everything at once.
    if (!runningParent(settings) && !buildIsCurrent()) await assertPortIsOurs(settings);
  },
  async work() {
    const settings = settingsForStart();
    if (buildIsCurrent() && runningParent(settings)?.release !== releaseName(process.env)) await assertMayStart(settings, { engineMayBeAbsent: true });
    prepareDataDir(settings.dataDir);
    takeLock(path.join(settings.dataDir, 'up.lock'), 'npm run up');
    await bringDependencies();
    await bringQuotaTools(settings);
    await bringEngineAndImages(settings);
    await bringBuild();
    await step('Firewall', (news) => bringFirewall(news));
    await bringProduct(settings);
  },
});

/** What is built already says all that is wrong with them at once; until then, what the set-up itself needs must be right. */
function settingsForStart() {
  return readSettings(process.env, process.getuid(), { tolerant: buildIsCurrent() });
}

async function bringProduct(settings) {
  const release = releaseName(process.env);
  const running = runningParent(settings);
  if (running?.release === release) say(`Anyon runs already (process ${running.pid}).`);
  else {
    await step('Anyon', async () => {
      await assertMayStart(settings);
      if (running) {
        await bringDatabaseForward(settings);
        await handOver(running);
      }
      await assertPortIsOurs(settings);
      await startProduct(settings, release);
      return running ? 'Anyon: restarted with the new build or settings; runs went on' : 'Anyon: database, simulator, egress proxy, worker and web are running';
    });
  }
  const address = await setupAddress(settings);
  say(`\n  Open this address to sign in${address.includes('?token=') ? ' (good once, for 24 hours)' : ''}:\n\n    ${address}\n`);
  say(`  Data: ${settings.dataDir}   Log: ${logFileOf(settings)}   Stop: npm run down\n`);
}
