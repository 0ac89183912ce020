import fs from 'node:fs';
import path from 'node:path';
import { buildCli } from './build-cli.mjs';
import { SetupFailure } from './failure.mjs';
import { keepScriptsOfBefore } from './keep-scripts.mjs';
import { lineMappings } from './line-map.mjs';
import { inProject } from './project.mjs';
import { runOrFail } from './run-command.mjs';
import { slimWeb, UNUSED_LIBRARIES } from './slim-web.mjs';
import { buildHash } from './source-hash.mjs';

const stamp = () => inProject('dist/.build-hash');

/** Native add-ons that a library tries and does without. */
const ABSENT_ADD_ONS = ['cpu-features', 'pg-native', '*.node'];

/** What of Next's standalone folder the web process needs. */
const SERVED = new Set(['.next', 'node_modules', 'package.json', 'server.js']);

/** What a CommonJS library inside an ES module bundle expects to find. */
const COMMONJS_NAMES = [
  "import { createRequire as anyonCreateRequire } from 'node:module';",
  "import { fileURLToPath as anyonFileURLToPath } from 'node:url';",
  'const require = anyonCreateRequire(import.meta.url);',
  'const __filename = anyonFileURLToPath(import.meta.url);',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** True when dist/ is what the sources say. */
export function buildIsCurrent() {
  return fs.existsSync(stamp()) && fs.readFileSync(stamp(), 'utf8') === buildHash();
}

/**
 * Builds dist/: web/ (Next's standalone server with its static files), worker.mjs, egress.mjs, preview.mjs, parent.mjs, migrations/, cli/. A running product
 * keeps what it has open: web/ is put in place by renaming. The stamp goes first and comes back last, so a broken build is repeated.
 */
export async function buildProduct(news) {
  const hash = buildHash();
  fs.mkdirSync(inProject('dist'), { recursive: true });
  fs.rmSync(stamp(), { force: true });
  await bundleOrFail(() => buildCli());
  await buildWeb(news);
  news('bundling worker, egress proxy, preview gateway and parent');
  await bundleOrFail(() => bundleServer([...SERVER_PROCESSES, ...COMMANDS], inProject('dist')));
  replaceFolder(inProject('db/migrations'), inProject('dist/migrations'));
  fs.writeFileSync(stamp(), hash);
}

async function buildWeb(news) {
  await runOrFail(process.execPath, [inProject('node_modules/next/dist/bin/next'), 'build'], {
    cwd: inProject(),
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    onLine: news,
    failure: 'The web part could not be built (`next build`).',
    fix: 'Repair what the lines above name and start again.',
  });
  const standalone = inProject('.next/standalone');
  if (!fs.existsSync(`${standalone}/server.js`)) throw new SetupFailure('`next build` made no .next/standalone/server.js.', "next.config.mjs must keep output: 'standalone' and outputFileTracingRoot.");
  // A path that is put together at run time makes Next take along the whole project, earlier builds included.
  for (const name of fs.readdirSync(standalone)) if (!SERVED.has(name)) fs.rmSync(`${standalone}/${name}`, { recursive: true });
  await slimWeb(standalone);
  fs.cpSync(inProject('.next/static'), `${standalone}/.next/static`, { recursive: true });
  if (fs.existsSync(inProject('public'))) fs.cpSync(inProject('public'), `${standalone}/public`, { recursive: true });
  fs.cpSync(inProject('dist/cli'), `${standalone}/public/cli`, { recursive: true }); // handed out at /cli/anyon.mjs
  keepScriptsOfBefore(inProject('dist/web'), standalone);
  replaceFolder(standalone, inProject('dist/web'));
}

/** Commands of the server that are bundled beside its processes. */
const COMMANDS = ['server/reconcile-command.ts', 'server/retention-command.ts', 'server/rotate-keys-command.ts', 'server/backup-command.ts', 'server/restore-command.ts', 'server/doctor-command.ts'];

async function bundleOrFail(bundle) {
  await bundle().catch((error) => {
    throw new SetupFailure('Worker, egress proxy, preview gateway, parent and the program anyon could not be bundled.', 'Repair what the lines above name and start again.', String(error.message).slice(0, 2_000));
  });
}

/** The processes of the server that run for as long as Anyon does. */
export const SERVER_PROCESSES = ['server/worker.ts', 'server/egress.ts', 'server/preview.ts', 'server/parent.ts'];

/** Bundles processes of the server, each into one file. Without failpoints unless a test asks for them (server/failpoint.ts). */
export async function bundleServer(entryPoints, outdir, options = {}) {
  const { build } = await import('esbuild');
  const { metafile } = await build({ ...serverBundle(entryPoints, outdir, options), metafile: true });
  for (const file of Object.keys(metafile.outputs)) if (file.endsWith('.map')) keepLinesAlone(inProject(file));
}

/** Node decodes the map of a bundle with its first stack and keeps it. */
function keepLinesAlone(file) {
  const map = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, JSON.stringify({ ...map, names: [], mappings: lineMappings(map.mappings) }));
}

/** How esbuild is to bundle them. */
export function serverBundle(entryPoints, outdir, { failpoints = false } = {}) {
  return {
    absWorkingDir: inProject(),
    entryPoints: entryPoints.map((file) => inProject(file)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    conditions: ['react-server'],
    tsconfig: inProject('tsconfig.json'),
    external: ABSENT_ADD_ONS,
    define: { ANYON_WITHOUT_FAILPOINTS: String(!failpoints) },
    minifySyntax: true, // what is behind that falls away
    minifyWhitespace: true, // Node keeps the text of a bundle, and where a comment holds one letter that is not ASCII, with two bytes for each
    legalComments: 'external',
    banner: { js: COMMONJS_NAMES },
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [withoutUnused, librariesByName],
    logLevel: 'silent',
  };
}

const withoutUnused = {
  name: 'without unused libraries',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(${UNUSED_LIBRARIES.join('|')})$`) }, ({ path: unused }) => ({ path: unused, namespace: 'unused' }));
    build.onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/**
 * Node keeps the map of a bundle in memory, decoded from the first stack on, and nine tenths of it would be libraries: a line of
 * theirs is told by its file alone.
 */
const librariesByName = {
  name: 'libraries by name',
  setup(build) {
    build.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async (file) => {
      const map = { version: 3, sources: [path.basename(file.path)], names: [], mappings: 'AAAA' };
      const contents = await fs.promises.readFile(file.path, 'utf8');
      return { contents: `${contents}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`, loader: 'default' };
    });
  },
};

/** Copies a folder beside its target and swaps the two by renaming. */
function replaceFolder(source, target) {
  fs.rmSync(`${target}.new`, { recursive: true, force: true });
  fs.rmSync(`${target}.old`, { recursive: true, force: true });
  fs.cpSync(source, `${target}.new`, { recursive: true, verbatimSymlinks: true });
  if (fs.existsSync(target)) fs.renameSync(target, `${target}.old`);
  fs.renameSync(`${target}.new`, target);
  fs.rmSync(`${target}.old`, { recursive: true, force: true });
}
