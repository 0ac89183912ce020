import fs from 'node:fs';
import path from 'node:path';
import { filesBelow } from './file-hash.mjs';

const STATIC = '.next/static';
/** Where a build says which of these files it has made itself. */
const OWN = '.next/own-static.json';

/**
 * Puts the scripts and styles of the build before beside those of a new one, whose names are others. The process of before asks for them until it has made room, for longer when the upgrade
 * is not begun after all; so do pages that were opened before. Those that it had kept itself are left out, so nothing grows.
 * @param {string} before @param {string} next folders with a standalone server of Next
 */
export function keepScriptsOfBefore(before, next) {
  fs.writeFileSync(path.join(next, OWN), JSON.stringify(staticFiles(next)));
  for (const file of ownFiles(before)) {
    const [from, to] = [path.join(before, STATIC, file), path.join(next, STATIC, file)];
    if (fs.existsSync(to) || !fs.existsSync(from)) continue;
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
  }
}

function ownFiles(build) {
  const list = path.join(build, OWN);
  return fs.existsSync(list) ? JSON.parse(fs.readFileSync(list, 'utf8')) : staticFiles(build);
}

function staticFiles(build) {
  const folder = path.join(build, STATIC);
  return filesBelow(folder).map((file) => path.relative(folder, file));
}
