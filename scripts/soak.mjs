// `npm run soak [-- --minutes 10 --people 3 --tabs 3 --seed 1]`: people at work on a product of its own for two hours; memory and descriptors must stay flat, nothing may be left.
import { readSoakOptions } from '../tests/soak/soak-options.mjs';
import { runWithProduct } from './setup/run-with-product.mjs';

await runWithProduct('npm run soak', import.meta.url, 'tests/soak/soak.ts', () => [JSON.stringify(readSoakOptions(process.argv.slice(2)))]);
