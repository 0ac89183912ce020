import { docker } from '../setup/docker-engine.mjs';
import { SetupFailure } from '../setup/failure.mjs';

/**
 * A package that lies in an image.
 * @typedef {{kind: 'deb' | 'npm' | 'generic', name: string, version: string, architecture?: string, source?: string, distro?: string, licenses?: string, place?: string}} ImagePackage
 */

const LONGEST_ANSWER = 64 * 1024 * 1024;

/** Runs in the image, with its own Node: every package.json that has a name and a version and lies in a node_modules. Links are not followed. */
const READ_NPM = `
const fs = require('node:fs');
const path = require('node:path');
const found = [];
function readPackage(folder) {
  try {
    const { name, version, license, licenses } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    if (typeof name === 'string' && typeof version === 'string') found.push({ name, version, place: folder, licenses: typeof license === 'string' ? license : Array.isArray(licenses) ? licenses.map((one) => one.type ?? one).join(' OR ') : license?.type });
  } catch {}
}
function walk(folder, inModules) {
  let entries = [];
  try { entries = fs.readdirSync(folder, { withFileTypes: true }); } catch { return; }
  for (const entry of entries) {
    if (!entry.isDirectory() || (folder === '/' && ['proc', 'sys', 'dev'].includes(entry.name))) continue;
    const place = path.join(folder, entry.name);
    if (inModules && !entry.name.startsWith('@')) readPackage(place);
    walk(place, entry.name === 'node_modules' || (inModules && entry.name.startsWith('@')));
  }
}
walk('/', false);
const system = Object.fromEntries(fs.readFileSync('/etc/os-release', 'utf8').split('\\n').filter(Boolean).map((line) => line.replaceAll('"', '').split('=')));
process.stdout.write(JSON.stringify({ node: process.versions.node, distro: system.ID + '-' + system.VERSION_ID, found }));
`;

/**
 * What the image itself says lies in it: Debian's packages by dpkg, npm's by their files, Node by itself. Nothing is fetched, and no name leads to a network.
 * @returns {Promise<ImagePackage[]>}
 */
export async function packagesOfImage(settings, image) {
  const debian = await ask(settings, image, 'dpkg-query', ['--show', '--showformat', '${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\n']);
  const { node, distro, found } = JSON.parse(await ask(settings, image, 'node', ['-e', READ_NPM]));
  return [...debianPackages(debian, distro), ...npmPackages(found), { kind: 'generic', name: 'node', version: node }];
}

/**
 * @param {string} listing lines of name, version, architecture, source @param {string} distro such as debian-12 @returns {ImagePackage[]}
 */
export function debianPackages(listing, distro) {
  const lines = listing.split('\n').filter(Boolean).map((line) => line.split('\t'));
  return lines.filter(([name, version]) => name && version).map(([name = '', version = '', architecture = '', source = '']) => ({ kind: 'deb', name, version, architecture, source: source || name, distro }));
}

/**
 * Each name and version once, where it lies first.
 * @param {{name: string, version: string, place: string, licenses?: string}[]} found @returns {ImagePackage[]}
 */
export function npmPackages(found) {
  const each = new Map();
  for (const one of found) if (!each.has(`${one.name}@${one.version}`)) each.set(`${one.name}@${one.version}`, { kind: 'npm', name: one.name, version: one.version, place: one.place, ...(one.licenses && { licenses: one.licenses }) });
  return [...each.values()];
}

async function ask(settings, image, program, args) {
  const result = await docker(settings, ['run', '--rm', '--network', 'none', '--user', '0:0', '--entrypoint', program, image, ...args], { timeoutMs: 120_000, keep: LONGEST_ANSWER });
  if (result.code !== 0) throw new SetupFailure(`The image ${image} could not be asked for its packages (${program}).`, '', result.stderr.slice(-1_000));
  return result.stdout;
}

/**
 * What a lock file (version 3) says of the packages that a product is made with, for what bundles hold and no folder shows. Other platforms' are left out.
 * @param {Record<string, {version?: string, dev?: boolean, os?: string[], cpu?: string[], license?: string, link?: boolean}>} packages @returns {ImagePackage[]}
 */
export function lockPackages(packages, platform = { os: 'linux', cpu: process.arch }) {
  const fits = ({ os, cpu }) => (!os || os.includes(platform.os)) && (!cpu || cpu.includes(platform.cpu));
  const used = Object.entries(packages).filter(([place, one]) => place !== '' && one.version && !one.dev && !one.link && fits(one));
  return npmPackages(used.map(([place, one]) => ({ name: place.slice(place.lastIndexOf('node_modules/') + 13), version: one.version ?? '', place: 'bundled', ...(one.license && { licenses: one.license }) })));
}
