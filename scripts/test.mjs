// `npm test`: sets up what the tests need, runs every part, stops at nothing, and counts. The last line is `N passed, N failed`.
// `npm run test:faults`: of that only the faults, and those whole (tests/faults/extent.ts).
import fs from 'node:fs';
import { installPackages } from './setup/apt.mjs';
import { ensureChromium, ensureHeadlessShell } from './setup/chromium.mjs';
import { bringBuild, bringDependencies, bringEngineAndImages, checkMachine } from './setup/prepare.mjs';
import { printFailure } from './setup/failure.mjs';
import { prepareDataDir } from './setup/data-dir.mjs';
import { say, step } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { throwIfStopped } from './setup/run-command.mjs';
import { hasProgram } from './setup/quota-tools.mjs';
import { ensureReverseProxies } from './setup/reverse-proxies.mjs';
import { readSettings } from './setup/settings.mjs';
import { readTestReport } from './setup/test-report.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';
import { runNode, runVerifySteps } from './setup/verify-steps.mjs';

/** What only tests need, beside the packages from npm. */
const TEST_PROGRAMS = [
  { program: 'ip', packages: ['iproute2'], why: 'the tests that kill an engine give it a network namespace of its own' },
  { program: 'sysctl', packages: ['procps'], why: 'a browser under test has a network namespace too' },
  { program: 'linux.uml', packages: ['user-mode-linux', 'kmod'], why: 'the tests of disk quotas run under a kernel that has them', only: 'x64' },
  { program: 'cc', packages: ['gcc', 'libc6-dev'], why: 'on new processors that kernel needs help with their registers (tests/setup/whole-registers.c)', only: 'x64' },
  { program: 'setquota', packages: ['quota'], why: 'the tests of disk quotas set some' },
  { program: 'xfs_io', packages: ['xfsprogs'], why: 'the tests of disk quotas use this file system too' },
];
/** What shares the machine with no other file is a project of its own (tests/setup/alone.mjs). */
const PROJECTS = ['unit', 'integration-together', 'integration-alone', 'faults-together', 'faults-alone', 'e2e-together', 'e2e-alone'];
const wholeFaults = process.argv.includes('--faults');

const ready = await setupUnderProductNode(wholeFaults ? 'npm run test:faults' : 'npm test', import.meta.url, { before: () => checkMachine(readSettings()), work: setUp });

if (ready !== 'elsewhere') await runEverything(ready ?? { failed: 1 });

/** Without the packages nothing can run. Whatever else is missing fails the tests that need it, and the others still run. */
async function setUp() {
  const settings = readSettings();
  prepareDataDir(settings.dataDir);
  await bringDependencies();
  const result = { packages: true, chromium: '', headlessShell: '', failed: 0 };
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      throwIfStopped();
      printFailure(error);
      result.failed += 1;
    }
  };
  await attempt(() => bringEngineAndImages(settings));
  await attempt(() =>
    step('Chromium', async (news) => {
      result.chromium = await ensureChromium(news);
      result.headlessShell = (await ensureHeadlessShell(news)) ?? '';
      return `Chromium: ${[result.chromium, result.headlessShell].filter(Boolean).join(', ')}`;
    }),
  );
  for (const { packages, program, why } of TEST_PROGRAMS.filter(({ program: name, only }) => !hasProgram(name) && (!only || only === process.arch))) {
    await attempt(() => step(packages.join(', '), async (news) => {
      await installPackages(packages, `${program} (${why})`, news);
      return `${packages.join(', ')}: installed`;
    }));
  }
  await attempt(() =>
    step('Caddy and nginx', async (news) => {
      const { caddy, nginx } = await ensureReverseProxies(news);
      return `Caddy and nginx: ${caddy}, ${nginx}`;
    }),
  );
  await attempt(() => bringBuild());
  return result;
}

async function runEverything({ packages, chromium, headlessShell, failed: setUpFailed }) {
  const parts = setUpFailed > 0 ? [{ name: 'set-up', seconds: 0, passed: 0, failed: setUpFailed }] : [];
  const browsers = { ...(chromium && { CHROMIUM_PATH: chromium }), ...(headlessShell && { CHROMIUM_SHELL_PATH: headlessShell }) };
  if (packages) {
    if (!wholeFaults) parts.push(await runVerify());
    for (const project of PROJECTS.filter((name) => !wholeFaults || name.startsWith('faults'))) parts.push(await runProject(project, browsers));
  }
  say('');
  for (const { name, seconds, passed, failed } of parts) say(`${failed === 0 ? '✓' : '✗'} ${name}: ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`);
  sayFailures(parts);
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  process.exitCode = failed === 0 ? 0 : 1;
  say(`${passed} passed, ${failed} failed`);
}

/** Once more, at the end: what failed half an hour ago is far above. */
function sayFailures(parts) {
  const lines = parts.flatMap(({ name, failures = [] }) => failures.map((failure) => `\n✗ ${name}: ${failure.name}\n${failure.message.replace(/^/gm, '    ')}`));
  if (lines.length > 0) say(`${lines.join('\n')}\n`);
}

async function runVerify() {
  const started = performance.now();
  const failed = (await runVerifySteps()).length;
  return { name: 'verify', seconds: (performance.now() - started) / 1000, passed: 0, failed };
}

async function runProject(project, browsers) {
  const report = inProject(`test-results/${project}.json`);
  fs.rmSync(report, { force: true });
  const started = performance.now();
  say(`\n— ${project}`);
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const code = await runNode([inProject('node_modules/vitest/vitest.mjs'), ...args], { ...process.env, ...browsers, ...(wholeFaults && { ANYON_FAULTS: 'whole' }) });
  const counts = readTestReport(report);
  // Errors outside any test (an unhandled rejection, leftovers that the set-up found) end Vitest with a code alone.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return { name: project, seconds: (performance.now() - started) / 1000, ...counts };
}
