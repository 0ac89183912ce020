// `npm run build`: builds dist/ whatever is there.
import { buildProduct } from './setup/build-product.mjs';
import { setupMain } from './setup/main.mjs';
import { step } from './setup/progress.mjs';

await setupMain('npm run build', () => step('Product: built into dist', (news) => buildProduct(news)));
