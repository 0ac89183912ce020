import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MetricObject } from 'prom-client';
import { workerMetersFile } from '@/server/deployment/paths';
import { meters } from '@/server/meters';

/** The worker writes more often; a file that is older is of one that is gone. */
const FRESH_MS = 30_000;

/** Writes down what the worker has counted, for the web process, which is asked for it. */
export async function keepWorkerMeters(): Promise<void> {
  const file = workerMetersFile();
  const partial = `${file}.${process.pid}`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(partial, JSON.stringify(await meters().registry.getMetricsAsJSON()), { mode: 0o600 });
  await rename(partial, file);
}

/** What the worker counted last; null when no worker has said anything for some time. */
export async function readWorkerMeters(): Promise<MetricObject[] | null> {
  const handle = await open(workerMetersFile()).catch((error: NodeJS.ErrnoException) => {
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
