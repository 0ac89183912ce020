import fs from 'node:fs';
import path from 'node:path';
import { bringFirewall } from '../setup/firewall.mjs';
import { say, step } from '../setup/progress.mjs';
import { inProject } from '../setup/project.mjs';
import { readStatus } from '../setup/product-status.mjs';
import { lives } from '../setup/process-identity.mjs';
import { logFileOf } from '../setup/start-product.mjs';
import { stopDatabase } from '../setup/stop-product.mjs';
import { BUNDLES } from './development-settings.mjs';
import { followLog } from './follow-log.mjs';
import { ParentProcess } from './parent-process.mjs';
import { signInAddress } from './sign-in-address.mjs';
import { watchBundles } from './watch-bundles.mjs';

/**
 * Runs Anyon out of its sources until a signal ends it. A bundle that has changed is started again: the parent by handing over to a new
 * one, so that simulator and egress proxy go on; of its children each by ending it, for the parent starts it again.
 */
export async function develop(settings, environment) {
  const bundle = inProject(BUNDLES, 'parent.mjs');
  const log = logFileOf(settings);
  fs.mkdirSync(path.dirname(log), { recursive: true });
  const parent = new ParentProcess(bundle, environment, log);
  let endWatch = async () => {};
  await step('Bundles', async () => {
    endWatch = await watchBundles({
      onBroken: (text) => say(`✗ ${text}`),
      onChange: (names) => void restart(settings, parent, names).catch((error) => say(`✗ ${error.message}`)),
    });
    return `Bundles: in ${BUNDLES}, and made again when a source changes`;
  });
  await step('Firewall', (news) => bringFirewall(news, environment, bundle));
  const endLog = followLog(log);
  const ended = untilSignal();
  parent.start();
  void announce(settings, environment);
  await ended;
  say('ending; workspaces go on');
  await endWatch();
  await parent.stop();
  if (!settings.databaseUrl) await stopDatabase(settings);
  endLog();
  process.exit(0);
}

async function restart(settings, parent, names) {
  say(`changed: ${names.join(', ')}`);
  if (names.includes('parent')) return parent.replace();
  const { children = {} } = readStatus(settings) ?? {};
  for (const name of names) if (lives(children[name])) process.kill(children[name].pid, 'SIGTERM');
}

async function announce(settings, environment) {
  try {
    const address = await signInAddress(settings, environment);
    say(`\n  Open this address to sign in (good once, for 24 hours):\n\n    ${address}\n`);
    say(`  Debuggers: web ${environment.ANYON_INSPECT}, worker the port above   Data: ${settings.dataDir}   Ends with Ctrl-C\n`);
  } catch (error) {
    say(`✗ ${error.message}`);
  }
}

function untilSignal() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
}
