import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SERVER_PROCESSES, serverBundle } from '../setup/build-product.mjs';
import { inProject } from '../setup/project.mjs';
import { BUNDLES } from './development-settings.mjs';

/**
 * Bundles the processes of the server now and whenever a source of theirs changes; resolves after the first time. `onChange` gets the
 * names of the bundles that are another text than before, `onBroken` what esbuild has against a source. Returns the function that ends it.
 */
export async function watchBundles({ onChange, onBroken }) {
  const { context } = await import('esbuild');
  const outdir = inProject(BUNDLES);
  layMigrations(outdir);
  let known = null;
  const built = Promise.withResolvers();
  const tell = {
    name: 'tell',
    setup(build) {
      build.onEnd(({ errors }) => {
        if (errors.length > 0) {
          const text = errors.map(({ text: what, location }) => (location ? `${location.file}:${location.line}: ${what}` : what)).join('\n');
          return known ? onBroken(text) : built.reject(new Error(text));
        }
        const hashes = bundleHashes(outdir);
        const changed = [...hashes].filter(([name, hash]) => known && known.get(name) !== hash).map(([name]) => name);
        known = hashes;
        built.resolve();
        if (changed.length > 0) onChange(changed);
      });
    },
  };
  // Maps are in the bundles: a debugger outside of a container finds them nowhere else.
  const watching = await context({ ...serverBundle(SERVER_PROCESSES, outdir), minifySyntax: false, minifyWhitespace: false, legalComments: 'inline', sourcemap: 'inline', plugins: [tell] });
  await watching.watch();
  await built.promise.catch(async (error) => {
    await watching.dispose();
    throw error;
  });
  return () => watching.dispose();
}

/** The parent looks for migrations beside its bundle. */
function layMigrations(outdir) {
  fs.mkdirSync(outdir, { recursive: true });
  const link = path.join(outdir, 'migrations');
  fs.rmSync(link, { recursive: true, force: true });
  fs.symlinkSync('../db/migrations', link);
}

function bundleHashes(outdir) {
  const names = fs.readdirSync(outdir).filter((name) => name.endsWith('.mjs'));
  return new Map(names.map((name) => [path.basename(name, '.mjs'), createHash('sha256').update(fs.readFileSync(path.join(outdir, name))).digest('hex')]));
}
