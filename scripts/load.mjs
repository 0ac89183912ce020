// `npm run load [-- --minutes 1 --runs 5 …]`: a heavy load on a product of its own, watched by a hundred tabs, with a verdict; `npm run load -- --scale`: how cost grows. See docs/scale.md.
import { readLoadOptions } from '../tests/load/load-options.mjs';
import { runWithProduct } from './setup/run-with-product.mjs';

const args = process.argv.slice(2);
const scale = args[0] === '--scale';
await runWithProduct('npm run load', import.meta.url, scale ? 'tests/load/scale.ts' : 'tests/load/load.ts', () => (scale ? args.slice(1) : [JSON.stringify(readLoadOptions(args))]));
