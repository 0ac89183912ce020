// `npm run build`: builds dist/ whatever is there.
import { buildProduct } from './setup/build-product.mjs';
import { bringDependencies } from './setup/prepare.mjs';
import { step } from './setup/progress.mjs';
import { setupUnderProductNode } from './setup/under-product-node.mjs';

await setupUnderProductNode('npm run build', import.meta.url, { work: build });

async function build() {
  await bringDependencies();
  await step('Product: built into dist', (news) => buildProduct(news));
}
