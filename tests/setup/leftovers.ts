import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { describeError } from '@/server/errors';
import { instancesInDocker, removeDockerObjects } from '@/tests/setup/docker-objects';
import { removeNamespace } from '@/tests/setup/namespace';
import { isAbandoned } from '@/tests/setup/owned-names';
import { RUNNING_PRODUCT, withoutSettings } from '@/tests/setup/running-product';

const run = promisify(execFile);
const NAMESPACES = '/run/netns';

/**
 * Takes away what tests left that were cut off before they could: products and database servers that still run, network namespaces (whose addresses the
 * next test would find taken), containers and networks. What belongs to a process that lives is left alone.
 */
export default async function setup(): Promise<void> {
  for (const name of await abandoned(os.tmpdir(), RUNNING_PRODUCT)) await attempt(`the product in ${name}`, () => endProduct(name));
  for (const name of await abandoned(os.tmpdir(), /^(anyon-test-postgres-[0-9a-f]{8})$/)) await attempt(`the database server in ${name}`, () => endDatabase(name));
  for (const name of await abandoned(NAMESPACES, /^(anyon-(?:test|out)-[0-9a-f]{8})$/)) await attempt(`the network namespace ${name}`, () => removeNamespace(name));
  const instances = await instancesInDocker().catch(() => []); // the engine may be down: whoever needs it will say so
  for (const instance of instances.filter((name) => /^test-[0-9a-f]{8}$/.test(name))) {
    if (await isAbandoned(instance)) await attempt(`containers and networks of ${instance}`, () => removeDockerObjects(instance));
  }
}

/** Entries of the folder whose owner, whom the pattern's group names, has ended. */
async function abandoned(folder: string, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
    const owner = pattern.exec(entry)?.[1];
    if (owner && (await isAbandoned(owner))) found.push(entry);
  }
  return found;
}

/** Its engine may have been another one, which has ended with its namespace. */
async function endProduct(name: string): Promise<void> {
  const directory = path.join(os.tmpdir(), name);
  const env = { ...withoutSettings(process.env), ANYON_DATA_DIR: path.join(directory, 'data'), ANYON_TEMP_DIR: path.join(directory, 'tmp'), ANYON_INSTANCE: RUNNING_PRODUCT.exec(name)?.[1] };
  await run(process.execPath, ['scripts/down.mjs'], { env });
  rmSync(directory, { recursive: true, force: true });
}

async function endDatabase(name: string): Promise<void> {
  const directory = path.join(os.tmpdir(), name);
  await stopEmbeddedPostgres(directory);
  rmSync(directory, { recursive: true, force: true });
}

/** What cannot be taken away is no reason to run no tests. */
async function attempt(what: string, remove: () => Promise<void>): Promise<void> {
  const failure = await remove().then(() => null, describeError);
  console.log(failure === null ? `Taken away, left by tests that were cut off: ${what}.` : `Left by tests that were cut off, and still there: ${what} (${failure}).`);
}
