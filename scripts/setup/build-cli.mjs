import fs from 'node:fs';
import path from 'node:path';
import { inProject } from './project.mjs';

/** A library of another kind of module inside the bundle asks for this by name. */
const COMMONJS_NAMES = ["import { createRequire as anyonCreateRequire } from 'node:module';", 'const require = anyonCreateRequire(import.meta.url);'].join('\n');

/** Bundles the program `anyon` into one file that Node 20 or newer runs without anything beside it. */
export async function buildCli(outfile = inProject('dist/cli/anyon.mjs')) {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(fs.readFileSync(inProject('package.json'), 'utf8'));
  fs.mkdirSync(path.dirname(outfile), { recursive: true });
  const fresh = `${outfile}.${process.pid}.new`;
  await build({
    absWorkingDir: inProject(),
    entryPoints: [inProject('cli/anyon.ts')],
    outfile: fresh,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    tsconfig: inProject('tsconfig.json'),
    define: { ANYON_CLI_VERSION: JSON.stringify(version) },
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: `#!/usr/bin/env node\n${COMMONJS_NAMES}` },
    logLevel: 'silent',
  });
  fs.chmodSync(fresh, 0o755);
  fs.renameSync(fresh, outfile);
}
