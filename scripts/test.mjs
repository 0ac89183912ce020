// `npm test`: sets up what the tests need, runs every part, stops at nothing, and counts. The last line is `N passed, N failed`.
import fs from 'node:fs';
import { ensureChromium } from './setup/chromium.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, checkMachine } from './setup/prepare.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { say, step } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { readTestReport } from './setup/test-report.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';
import { runNode, runVerifySteps } from './setup/verify-steps.mjs';

const PROJECTS = ['unit', 'integration', 'faults', 'e2e'];

const ready = await setupUnderProductNode('npm test', import.meta.url, {
  before: () => checkMachine(readSettings()),
  async work() {
    const settings = readSettings();
    prepareDataDir(settings.dataDir);
    await bringDependencies();
    await bringEngineAndImages(settings);
    let chromium = '';
    await step('Chromium', async (news) => {
      chromium = await ensureChromium(news);
      return `Chromium: ${chromium}`;
    });
    await bringBuild();
    return { chromium };
  },
});

if (ready !== 'elsewhere') await runEverything(ready);

async function runEverything(setup) {
  const parts = [await runVerify()];
  if (setup) for (const project of PROJECTS) parts.push(await runProject(project, setup.chromium));
  else parts.push({ name: 'set-up', seconds: 0, passed: 0, failed: 1 });
  say('');
  for (const { name, seconds, passed, failed } of parts) say(`${failed === 0 ? '✓' : '✗'} ${name}: ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`);
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  process.exitCode = failed === 0 ? 0 : 1;
  say(`${passed} passed, ${failed} failed`);
}

async function runVerify() {
  const started = performance.now();
  const failed = (await runVerifySteps()).length;
  return { name: 'verify', seconds: (performance.now() - started) / 1000, passed: 0, failed };
}

async function runProject(project, chromium) {
  const report = inProject(`test-results/${project}.json`);
  fs.rmSync(report, { force: true });
  const started = performance.now();
  say(`\n— ${project}`);
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const code = await runNode([inProject('node_modules/vitest/vitest.mjs'), ...args], { ...process.env, CHROMIUM_PATH: chromium });
  const counts = readTestReport(report);
  // Errors outside any test (an unhandled rejection, leftovers that the set-up found) end Vitest with a code alone.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return { name: project, seconds: (performance.now() - started) / 1000, ...counts };
}
