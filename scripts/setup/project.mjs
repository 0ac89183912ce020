import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project (where package.json lies), whatever the current directory is. */
export const projectDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** A path inside the project. */
export function inProject(...parts) {
  return path.join(projectDir, ...parts);
}
