import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Names the folder of tests/setup/prepared-cluster.ts to the test files, which are processes of their own. */
export const PREPARED_CLUSTER = 'ANYON_TEST_CLUSTER';
/** What is copied; the rest (port, log) is each server's own. */
const PARTS = /^(?:bin-.*|cluster|password)$/;

/** Lays a copy of the prepared database into a data directory that was never used; does nothing where none is prepared. A start from nothing is tests/faults/up-and-down.test.ts. */
export function layCluster(dataDir: string): void {
  const prepared = process.env[PREPARED_CLUSTER];
  if (!prepared) return;
  const place = path.join(dataDir, 'postgres');
  mkdirSync(place, { recursive: true });
  for (const name of readdirSync(prepared).filter((part) => PARTS.test(part))) execFileSync('cp', ['--archive', path.join(prepared, name), place]);
}
