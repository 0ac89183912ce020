// `npm run image-pipeline`: builds the app's and the workspaces' image, says size and time, tests them, writes their bills of materials, scans
// and signs, as .github/workflows/images.yml does by this same script. What cannot be done here is said, and never counted as passed.
//   -- --image app|runtime   only one        --registry ghcr.io/owner   in front of the names        --push   sends what main or a release is
//   --demand scan,sign      fails when these could not be done          --out folder   of the bills of materials
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureEngine } from './setup/docker-engine.mjs';
import { ensureBaseImage } from './setup/base-image.mjs';
import { bringDependencies } from './setup/prepare.mjs';
import { say, step as during } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

const { values: options } = parseArgs({
  options: {
    image: { type: 'string', multiple: true, default: ['runtime', 'app'] },
    registry: { type: 'string', default: 'anyon-pipeline' },
    push: { type: 'boolean', default: false },
    demand: { type: 'string', default: '' },
    out: { type: 'string', default: 'test-results/images' },
  },
});

await setupUnderProductNode('npm run image-pipeline', import.meta.url, { work: pipeline });

async function pipeline() {
  const settings = readSettings();
  await bringDependencies();
  await during('Docker Engine', (news) => ensureEngine(settings, news));
  await during(`Base image ${settings.baseImage}`, async (news) => `Base image ${settings.baseImage}: ${await ensureBaseImage(settings, news)}`);
  const { carryOut } = await import('./pipeline/carry-out.mjs');
  const { stepLine, verdict } = await import('./pipeline/steps.mjs');
  const out = path.resolve(inProject(), options.out);
  fs.mkdirSync(out, { recursive: true });
  const git = (...args) => execFileSync('git', args, { cwd: inProject(), encoding: 'utf8' }).trim();
  const ref = process.env.GITHUB_REF || git('rev-parse', '--symbolic-full-name', 'HEAD');
  const commit = process.env.GITHUB_SHA || git('rev-parse', 'HEAD');
  const results = [];
  for (const image of options.image) {
    results.push(...(await carryOut(settings, image, { ref, commit, out, registry: options.registry.toLowerCase(), push: options.push, tell: (result) => say(stepLine(result)) })));
  }
  tellWorkflow(results);
  const { code, text } = verdict(results, options.demand.split(',').filter(Boolean));
  say(`${text}; bills of materials in ${path.relative(inProject(), out)}`);
  process.exitCode = code;
}

/** What the workflow's next steps speak of: the image that was sent, as the registry knows it. */
function tellWorkflow(results) {
  const [name, digest] = results.find(({ step, state }) => step === 'push' && state === 'done')?.words.split('@') ?? [];
  if (process.env.GITHUB_OUTPUT && digest) fs.appendFileSync(process.env.GITHUB_OUTPUT, `name=${name}\ndigest=${digest}\n`);
}
