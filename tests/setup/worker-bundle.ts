import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleServer } from '@/scripts/setup/build-product.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** File of a worker that knows failpoints (tests/faults/worker-process.ts). */
    workerBundle: string;
  }
}

/** The worker out of the sources with failpoints, bundled once for all files: what `npm run up` has built knows none. */
export default async function setup(project: TestProject): Promise<() => void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-test-worker-'));
  await bundleServer(['server/worker.ts'], directory, { failpoints: true });
  project.provide('workerBundle', path.join(directory, 'worker.mjs'));
  return () => rmSync(directory, { recursive: true, force: true });
}
