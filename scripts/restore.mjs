// `npm run restore -- <file> [--replace]`: brings a backup into an empty data directory; `--replace` puts what is there beside it. Needs Anyon to be down.
import path from 'node:path';
import { prepareDataDir } from './setup/data-dir.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { takeLock } from './setup/lock.mjs';
import { runOfflineCommand } from './setup/product-command.mjs';
import { runningParent } from './setup/product-status.mjs';
import { say } from './setup/progress.mjs';
import { readSettings } from './setup/settings.mjs';
import { stopContainers, stopProcesses } from './setup/stop-product.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

const words = process.argv.slice(2);
const files = words.filter((word) => word !== '--replace');
if (files.length !== 1 || files[0].startsWith('-')) {
  say('npm run restore -- <file>              into an empty data directory\nnpm run restore -- <file> --replace    puts the data that is there beside the restored');
  process.exitCode = 2;
} else await setupUnderProductNode('npm run restore', import.meta.url, { work: restore, lock: false });

async function restore() {
  const settings = readSettings();
  prepareDataDir(settings.dataDir);
  takeLock(path.join(settings.dataDir, 'up.lock'), 'npm run restore'); // nobody starts Anyon meanwhile
  const running = runningParent(settings);
  if (running) throw new SetupFailure(`Anyon runs (process ${running.pid}).`, 'Stop it with `npm run down`, then restore.');
  await stopProcesses(settings); // of a parent that was killed
  await stopContainers(settings); // what runs holds the folders that go aside
  const file = path.resolve(process.env.INIT_CWD ?? '', files[0]); // npm has changed to the project folder
  await runOfflineCommand('restore-command.mjs', [file, ...words.filter((word) => word === '--replace')], { ANYON_LOG_LEVEL: 'silent' });
}
