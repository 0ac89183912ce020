import { dependenciesAreCurrent, installDependencies } from './dependencies.mjs';
import { ensureEngine } from './docker-engine.mjs';
import { buildIsCurrent, buildProduct } from './build-product.mjs';
import { hasProductNode, installProductNode, NODE_VERSION, runsProductNode } from './node-runtime.mjs';
import { checkPlatform } from './platform.mjs';
import { step } from './progress.mjs';
import { ensureRuntimeImage } from './runtime-image.mjs';

/** The steps that `npm run up` and `npm test` share. Each says what it installs, and does nothing when it is done already. */
export async function checkMachine(settings) {
  await step('Machine', async () => checkPlatform(settings));
}

/** True when the product's Node runs already; otherwise it is brought, and the caller must go on under it. */
export async function bringNode() {
  if (runsProductNode()) return true;
  await step(`Node ${NODE_VERSION} for the product`, async (news) => {
    if (hasProductNode()) return `Node ${NODE_VERSION} for the product: in .tools/node`;
    await installProductNode(news);
    return `Node ${NODE_VERSION} for the product: installed from npm into .tools/node`;
  });
  return false;
}

export async function bringDependencies() {
  await step('Packages', async (news) => {
    if (dependenciesAreCurrent()) return 'Packages: up to date';
    await installDependencies(news);
    return 'Packages: installed from package-lock.json into node_modules';
  });
}

export async function bringEngineAndImages(settings) {
  await step('Docker Engine', (news) => ensureEngine(settings, news));
  await step(`Runtime image ${settings.image}`, (news) => ensureRuntimeImage(settings, news));
}

export async function bringBuild() {
  await step('Product', async (news) => {
    if (buildIsCurrent()) return 'Product: built already';
    await buildProduct(news);
    return 'Product: built into dist';
  });
}
