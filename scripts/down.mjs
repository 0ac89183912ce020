// `npm run down`: stops what `npm run up` started. All data stays. Running it twice is fine.
import fs from 'node:fs';
import path from 'node:path';
import { takeLock } from './setup/lock.mjs';
import { setupMain } from './setup/main.mjs';
import { say, step } from './setup/progress.mjs';
import { readSettings } from './setup/settings.mjs';
import { takeSecretsAway } from './setup/secrets-place.mjs';
import { stopContainers, stopDatabase, stopEngine, stopProcesses } from './setup/stop-product.mjs';

const engineWords = {
  stopped: 'Stopped: Docker Engine (it was started by `npm run up`)',
  'not ours': 'Docker Engine: left as it is (not started by `npm run up`)',
  'in use': 'Docker Engine: left running, because containers that are not of this Anyon run on it',
};

const secretsWords = {
  unmounted: 'Secrets: nothing of them is left in memory',
  removed: 'Secrets: those of runs are removed',
  none: 'Secrets: none were left',
  'in use': 'Secrets: their place is left, because something else uses it',
};

await setupMain('npm run down', work, { lock: false });

async function work() {
  const settings = readSettings();
  if (!fs.existsSync(settings.dataDir)) return say(`Anyon was never started here (there is no ${settings.dataDir}).`);
  takeLock(path.join(settings.dataDir, 'up.lock'), 'npm run down');
  await step('Web, worker, simulator', async () => {
    const ended = await stopProcesses(settings);
    return ended.length > 0 ? `Stopped: ${ended.join(', ')}` : 'Web, worker, simulator: were not running';
  });
  if (!settings.databaseUrl) {
    await step('Database', async () => ((await stopDatabase(settings)) ? 'Stopped: database' : 'Database: was not running'));
  }
  await step('Workspace containers', async () => {
    const count = await stopContainers(settings);
    return count > 0 ? `Stopped: ${count} workspace container(s); their files stay` : 'Workspace containers: none were running';
  });
  await step('Secrets', async () => secretsWords[await takeSecretsAway(settings)]);
  await step('Docker Engine', async () => engineWords[await stopEngine(settings)]);
  say(`All data stays in ${settings.dataDir}.`);
}
