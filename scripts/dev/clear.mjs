// `node scripts/dev/clear.mjs`: removes the workspaces of the development in containers (containers, networks, files, secrets of runs), and
// with `--firewall` its firewall rules. Anyon itself must be stopped. For `make docker-dev-db-reset` and `make docker-dev-clean`.
import fs from 'node:fs';
import path from 'node:path';
import { engineAddress } from '../setup/docker-engine.mjs';
import { engineRequest } from '../setup/engine-address.mjs';
import { SetupFailure } from '../setup/failure.mjs';
import { setupMain } from '../setup/main.mjs';
import { step } from '../setup/progress.mjs';
import { inProject } from '../setup/project.mjs';
import { runOrFail } from '../setup/run-command.mjs';
import { readSettings } from '../setup/settings.mjs';
import { BUNDLES, developmentEnvironment } from './development-settings.mjs';

const environment = developmentEnvironment();
const settings = readSettings(environment);

await setupMain('clear', clear, { lock: false });

async function clear() {
  await step('Workspaces', async () => `Workspaces: ${await removeLabelled('containers', 'force=true&v=true')} container(s) and ${await removeLabelled('networks', '')} network(s) removed`);
  const parent = inProject(BUNDLES, 'parent.mjs');
  if (process.argv.includes('--firewall') && fs.existsSync(parent)) {
    await step('Firewall', async () => {
      await runOrFail(process.execPath, [parent, 'firewall', 'remove'], { env: environment, timeoutMs: 60_000, failure: 'The firewall rules could not be removed.', fix: 'Remove the chains ANYON-* with iptables.' });
      return 'Firewall: rules removed';
    });
  }
  await step('Files', async () => `Files: ${empty(settings.dataDir, 'parent.json') + empty(settings.tempDir, 'cloud-secrets')} removed`);
}

async function removeLabelled(kind, query) {
  const filters = encodeURIComponent(JSON.stringify({ label: [`anyon.instance=${settings.instance}`] }));
  const address = engineAddress(settings);
  const { body } = await engineRequest(address, 'GET', `/${kind}${kind === 'containers' ? '/json' : ''}?all=true&filters=${filters}`);
  const found = JSON.parse(body);
  for (const { Id: id } of found) await engineRequest(address, 'DELETE', `/${kind}/${id}?${query}`);
  return found.length;
}

/** Removes what is in a folder of Anyon's: `mark` lies in each that is one. */
function empty(folder, mark) {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  if (names.length > 0 && !names.includes(mark)) throw new SetupFailure(`${folder} does not look like a folder of Anyon's (no ${mark} in it), so nothing in it is removed.`);
  for (const name of names) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  return names.length;
}
