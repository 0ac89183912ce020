// `npm run up`: from a fresh machine to an address that signs you in. Runs on plain Node 20, without any package.
import path from 'node:path';
import { prepareDataDir } from './setup/data-dir.mjs';
import { bringFirewall } from './setup/firewall.mjs';
import { takeLock } from './setup/lock.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, checkMachine } from './setup/prepare.mjs';
import { assertPortIsOurs, runningParent } from './setup/product-status.mjs';
import { bringQuotaTools } from './setup/quota-tools.mjs';
import { say, step } from './setup/progress.mjs';
import { readSettings } from './setup/settings.mjs';
import { releaseName } from './setup/source-hash.mjs';
import { assertSettingsAreRight, bringDatabaseForward, handOver, logFileOf, setupAddress, startProduct } from './setup/start-product.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

await setupUnderProductNode('npm run up', import.meta.url, {
  async before() {
    const settings = readSettings();
    await checkMachine(settings);
    if (!runningParent(settings)) await assertPortIsOurs(settings); // before the long steps, not after
  },
  async work() {
    const settings = readSettings();
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

async function bringProduct(settings) {
  const release = releaseName(process.env);
  const running = runningParent(settings);
  if (running?.release === release) say(`Anyon runs already (process ${running.pid}).`);
  else {
    await step('Anyon', async () => {
      await assertSettingsAreRight(settings);
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
