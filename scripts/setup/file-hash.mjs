import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Every regular file below a directory, sorted; [] when the directory is absent. */
export function filesBelow(directory) {
  if (!fs.existsSync(directory)) return [];
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)).sort();
}

/** One hash over names (relative to `root`), modes and contents. */
export function hashFiles(files, root) {
  const hash = createHash('sha256');
  for (const file of files) {
    const mode = fs.statSync(file).mode & 0o111 ? 'x' : '-';
    hash.update(`${path.relative(root, file)}\0${mode}\0`).update(createHash('sha256').update(fs.readFileSync(file)).digest());
  }
  return hash.digest('hex');
}
