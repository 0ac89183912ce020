// `npm run dev`: Anyon out of its sources, for whoever changes them. Pages are compiled when they are asked for; worker, egress proxy and
// preview gateway are bundled and started again when a source of theirs changes. Ends with Ctrl-C; workspaces go on.
// `-- --given`: engine, image, database and simulator are there already (docker-compose.dev.yml). `-- --address`: only prints an address that signs in.
import { bridgeGateway } from './demo/bridge-gateway.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { printFailure } from './setup/failure.mjs';
import { bringDependencies, bringEngineAndImages, checkMachine } from './setup/prepare.mjs';
import { assertPortIsOurs } from './setup/product-status.mjs';
import { bringQuotaTools } from './setup/quota-tools.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';
import { developmentEnvironment } from './dev/development-settings.mjs';
import { develop } from './dev/develop.mjs';
import { signInAddress } from './dev/sign-in-address.mjs';

const given = process.argv.includes('--given');
const environment = developmentEnvironment();
const settings = readSettings(environment);

if (process.argv.includes('--address')) {
  process.stdout.write(`${await signInAddress(settings, environment)}\n`);
} else {
  const ready = await setupUnderProductNode('npm run dev', import.meta.url, { before: () => (given ? undefined : checkMachine(settings)), work: setUp });
  if (ready === 'ready') await develop(settings, environment).catch(fail);
}

async function setUp() {
  prepareDataDir(settings.dataDir);
  await assertPortIsOurs(settings);
  await bringDependencies();
  if (given) {
    // Workspaces reach the port that the simulator's container publishes at this machine's address on Docker's own bridge.
    environment.ANYON_SIMULATOR_URL ||= `http://${await bridgeGateway(settings.dockerHost)}:${environment.ANYON_SIMULATOR_PORT || 9000}`;
  } else {
    await bringQuotaTools(settings);
    await bringEngineAndImages(settings);
  }
  return 'ready';
}

function fail(error) {
  printFailure(error);
  process.exit(1);
}
