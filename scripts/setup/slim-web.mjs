import fs from 'node:fs';
import path from 'node:path';

/**
 * dockerode loads these at once, 16 MB in each process, for what Anyon never asks of it: engines behind ssh, which it refuses, and
 * sessions of BuildKit.
 */
export const UNUSED_LIBRARIES = ['ssh2', 'protobufjs', '@grpc/grpc-js', '@grpc/proto-loader'];

/** Next's own files are small as they are, and most of them are never loaded. */
const LEFT_ALONE = new Set(['next', '@next', 'react', 'react-dom', '@img', '@swc', 'sharp', 'styled-jsx', ...UNUSED_LIBRARIES.map((name) => name.split('/')[0])]);

/**
 * Makes what the web process loads small: libraries that are never used become empty, and of the others comments go and every letter is ASCII. The
 * engine keeps the text of what it has loaded, and one letter beyond Latin in it makes it keep two bytes for each.
 */
export async function slimWeb(standalone) {
  const { transform } = await import('esbuild');
  const libraries = path.join(standalone, 'node_modules');
  for (const name of UNUSED_LIBRARIES) empty(path.join(libraries, name));
  const own = fs.readdirSync(libraries).filter((name) => !LEFT_ALONE.has(name));
  const files = [path.join(standalone, '.next/server'), ...own.map((name) => path.join(libraries, name))].flatMap(scriptsBelow);
  for (const file of files) {
    // Some libraries bring pieces of scripts, which nothing loads.
    const made = await transform(fs.readFileSync(file, 'utf8'), { charset: 'ascii', minifyWhitespace: true, target: 'node24', logLevel: 'silent' }).catch(() => null);
    if (made) fs.writeFileSync(file, made.code);
  }
}

function empty(folder) {
  if (!fs.existsSync(folder)) return;
  fs.rmSync(folder, { recursive: true });
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'index.js'), 'module.exports = {};\n');
}

function scriptsBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name)).map((entry) => path.join(entry.parentPath, entry.name));
}
