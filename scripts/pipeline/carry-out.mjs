import fs from 'node:fs';
import path from 'node:path';
import { SetupFailure } from '../setup/failure.mjs';
import { inProject } from '../setup/project.mjs';
import { billOfMaterials } from './bill-of-materials.mjs';
import { buildImage } from './build-image.mjs';
import { imageTags } from './image-tags.mjs';
import { IMAGES } from './images.mjs';
import { lockPackages, packagesOfImage } from './packages-of-image.mjs';
import { auditPackages, pushImage, scanImage, signImage } from './scan-image.mjs';
import { NotDone, takeStep } from './steps.mjs';

/**
 * Every step of the pipeline for one image, in order; `tell` hears of each as it ends. After a failure nothing more is tried with the image.
 * @returns {Promise<import('./steps.mjs').StepResult[]>}
 */
export async function carryOut(settings, image, { ref, commit, registry, out, push, tell }) {
  if (!Object.hasOwn(IMAGES, image)) throw new SetupFailure(`There is no image "${image}".`, `They are called ${Object.keys(IMAGES).join(' and ')}.`);
  const { name, smokeTest } = IMAGES[image];
  const { tags, published } = imageTags(ref, commit);
  const references = tags.map((tag) => `${registry}/${name}:${tag}`);
  const [reference = ''] = references;
  const bill = path.join(out, `${name}.cdx.json`);
  let built = { digest: '', words: '' };
  let pushed = '';
  const steps = [
    ['build', async () => (built = await buildImage(settings, image, references, () => {})).words],
    ['smoke test', () => smokeTest(settings, reference)],
    ['bill of materials', () => writeBill(settings, image, { name, tag: tags[0], digest: built.digest }, reference, bill)],
    ['scan', () => scanImage(settings, reference)],
    ...(image === 'app' ? [['audit', () => auditPackages()]] : []),
    ['push', async () => (pushed = await publish(settings, references, { push, published, ref }))],
    ['sign', () => signImage(pushed, bill)],
  ];
  const results = [];
  for (const [step, work] of steps) {
    const result = await takeStep(image, step, work);
    tell(result);
    results.push(result);
    if (result.state === 'failed') break;
  }
  return results;
}

async function writeBill(settings, image, about, reference, file) {
  const packages = await packagesOfImage(settings, reference);
  // The bundles of the product hold packages that no folder of its image shows.
  if (image === 'app') packages.push(...lockPackages(JSON.parse(fs.readFileSync(inProject('package-lock.json'), 'utf8')).packages).filter((one) => !packages.some((other) => other.kind === 'npm' && other.name === one.name && other.version === one.version)));
  fs.writeFileSync(file, billOfMaterials(about, packages, new Date()));
  return `${packages.length} packages in ${path.basename(file)}`;
}

async function publish(settings, references, { push, published, ref }) {
  if (!published) throw new NotDone(`${ref} is neither main nor a release`);
  if (!push) throw new NotDone('not asked for (--push)');
  return pushImage(settings, references);
}
