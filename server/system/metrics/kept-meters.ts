import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MetricObject } from 'prom-client';
import { parentMetersFile, workerMetersFile } from '@/server/deployment/paths';
import { meters } from '@/server/meters';

/** Each process writes more often; a file that is older is of one that is gone. */
const FRESH_MS = 30_000;

/** A process that counts and is not the one that is asked. */
type Counting = 'worker' | 'parent';

const files = { worker: workerMetersFile, parent: parentMetersFile };

/** Writes down what this process has counted, for the web process, which is asked for it. */
export async function keepMeters(who: Counting): Promise<void> {
  const file = files[who]();
  const partial = `${file}.${process.pid}`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(partial, JSON.stringify(await meters().registry.getMetricsAsJSON()), { mode: 0o600 });
  await rename(partial, file);
}

/** What that process counted last; null when none has said anything for some time. */
export async function readMeters(who: Counting): Promise<MetricObject[] | null> {
  const handle = await open(files[who]()).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return null;
  try {
    if (Date.now() - (await handle.stat()).mtimeMs > FRESH_MS) return null;
    return JSON.parse(await handle.readFile('utf8')) as MetricObject[];
  } finally {
    await handle.close();
  }
}
