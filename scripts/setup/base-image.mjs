import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installPackages } from './apt.mjs';
import { debianSources, SUITE } from './apt-sources.mjs';
import { extraCertificates, writeCertificates } from './ca-certificates.mjs';
import { bootstrapIntoImage } from './debian-bootstrap.mjs';
import { docker, hasProgram } from './docker-engine.mjs';
import { SetupFailure } from './failure.mjs';
import { NODE_PACKAGE, NODE_VERSION } from './node-runtime.mjs';
import { runOrFail } from './run-command.mjs';

/** npm of the image; Node's npm package carries none. */
const NPM_VERSION = '11.21.1';
/** A registry that says nothing for so long counts as out of reach. */
const SILENCE_MS = 20_000;
/** Changes when the recipe below does, so that an image made by an older one is made again. */
const RECIPE = 1;

/**
 * Makes sure that the base image is there under its tag: as it is, else from a registry, else made from Debian packages.
 * Returns how: `present`, `pulled` or `made`.
 */
export async function ensureBaseImage(settings, news) {
  const recipe = recipeHash(settings);
  const label = await docker(settings, ['image', 'inspect', '--format', '{{index .Config.Labels "anyon.base-recipe"}}', settings.baseImage]);
  const ours = label.stdout.trim();
  if (label.code === 0 && (ours === '' || ours === '<no value>' || ours === recipe)) return 'present';
  news(`asking a registry for ${settings.baseImage}`);
  const pulled = await docker(settings, ['pull', settings.baseImage], { quietMs: SILENCE_MS, onLine: news });
  if (pulled.code === 0) return 'pulled';
  await makeBaseImage(settings, recipe, news);
  return 'made';
}

function recipeHash(settings) {
  const hash = createHash('sha256').update(`${RECIPE} ${NODE_VERSION} ${NPM_VERSION} ${process.arch}`);
  for (const { name, content } of extraCertificates(settings.extraCaCerts)) hash.update(name).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** Debian by mmdebstrap from the machine's own package sources, Node and npm from npm, in one pass; about a minute. */
async function makeBaseImage(settings, recipe, news) {
  const sources = settings.debianMirror ? [`deb ${settings.debianMirror} ${SUITE} main`] : debianSources();
  if (sources.length === 0) {
    throw new SetupFailure(
      `No registry answered for ${settings.baseImage}, and this machine has no Debian package source to build it from.`,
      'Make a registry reachable, load the image with `docker load`, or name a Debian mirror: ANYON_DEBIAN_MIRROR=http://… npm run up',
    );
  }
  if (!hasProgram('mmdebstrap')) await installPackages(['mmdebstrap'], 'mmdebstrap (it builds the base image from Debian packages)', news);
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-base-'));
  try {
    news(`no registry answers: building ${settings.baseImage} from Debian packages`);
    await layOutNode(path.join(work, 'root'), path.join(work, 'npm'), news);
    writeCertificates(extraCertificates(settings.extraCaCerts), path.join(work, 'root/usr/local/share/ca-certificates'));
    await bootstrapIntoImage(settings, { sources, recipe, root: path.join(work, 'root') }, news);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Puts Node and npm where the official image has them. */
async function layOutNode(root, npmDir, news) {
  fs.mkdirSync(npmDir, { recursive: true });
  fs.writeFileSync(path.join(npmDir, 'package.json'), '{"private":true}\n');
  await runOrFail('npm', ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', `${NODE_PACKAGE}@${NODE_VERSION}`, `npm@${NPM_VERSION}`], {
    cwd: npmDir,
    onLine: news,
    failure: 'Node for the base image could not be fetched from npm.',
    fix: 'Check that `npm ping` works and start again.',
  });
  const bin = path.join(root, 'usr/local/bin');
  const modules = path.join(root, 'usr/local/lib/node_modules');
  fs.mkdirSync(bin, { recursive: true });
  fs.mkdirSync(modules, { recursive: true });
  fs.copyFileSync(path.join(npmDir, 'node_modules', NODE_PACKAGE, 'bin/node'), path.join(bin, 'node'));
  fs.chmodSync(path.join(bin, 'node'), 0o755);
  fs.renameSync(path.join(npmDir, 'node_modules/npm'), path.join(modules, 'npm'));
  fs.symlinkSync('node', path.join(bin, 'nodejs'));
  for (const name of ['npm', 'npx']) fs.symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(bin, name));
}
