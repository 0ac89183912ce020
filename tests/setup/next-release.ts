import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '@/tests/house/house';

/** A checkout of the release after this one, built. */
export interface NextRelease {
  /** Its `npm run up`, as an argument of Node. */
  upScript: string;
  /** Only when nothing of it runs any more. */
  remove(): void;
}

/** What a checkout has of its own; the rest of the folder is history, tools and results. */
const PARTS = ['app', 'cli', 'components', 'contract', 'db', 'dist', 'docker', 'public', 'scripts', 'server', 'next.config.mjs', 'package.json', 'package-lock.json', 'postcss.config.mjs', 'tsconfig.json', 'proxy.ts', 'instrumentation.ts'];
const SHARED = ['node_modules', '.tools'];
const TEXTS = /\.(?:js|mjs|json|html|rsc|txt)$/;

/**
 * Lays one beside this checkout, out of a build that is current: one file more, and the build's name another one wherever it stands. The scripts that hold it
 * have other names, as the bundler would give them, and lie beside those of before. Everything else that an upgrade does is the upgrade's own.
 */
export function layNextRelease(): NextRelease {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'anyon-next-release-'));
  for (const part of PARTS) cpSync(path.join(root, part), path.join(folder, part), { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.map') });
  for (const part of SHARED) symlinkSync(path.join(root, part), path.join(folder, part));
  const before = buildName(root);
  writeFileSync(path.join(folder, 'public/next-release.txt'), 'It is newer.\n');
  const name = buildName(folder);
  renameBuild(path.join(folder, 'dist/web'), before, name);
  writeFileSync(path.join(folder, 'dist/.build-hash'), name);
  return { upScript: path.join(folder, 'scripts/up.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function buildName(project: string): string {
  const script = `import { buildHash } from ${JSON.stringify(pathToFileURL(path.join(project, 'scripts/setup/source-hash.mjs')).href)}; process.stdout.write(buildHash());`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

function renameBuild(web: string, before: string, name: string): void {
  const chunks = globSync('.next/static/**/*.js', { cwd: web }).filter((file) => readFileSync(path.join(web, file), 'utf8').includes(before));
  if (chunks.length === 0) throw new Error('No script of the build holds its name.');
  for (const chunk of chunks) cpSync(path.join(web, chunk), path.join(web, chunkOfNext(chunk)));
  const names = chunks.map((chunk) => [path.basename(chunk), path.basename(chunkOfNext(chunk))] as const);
  for (const file of globSync(['*.js', '.next/**/*'], { cwd: web })) {
    const place = path.join(web, file);
    if (!TEXTS.test(file) || chunks.includes(file) || !statSync(place).isFile()) continue;
    const text = readFileSync(place, 'utf8');
    const next = names.reduce((so, [old, renamed]) => so.replaceAll(old, renamed), text).replaceAll(before, name);
    if (next === text) continue;
    writeFileSync(`${place}.next`, next);
    renameSync(`${place}.next`, place);
  }
}

const chunkOfNext = (chunk: string): string => chunk.replace(/\.js$/, '-next.js');
