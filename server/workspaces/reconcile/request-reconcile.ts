import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { ReconcileReport } from '@/contract/difference';
import { containerEngine } from '@/server/containers/container-engine';
import { rawDatabase } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { reconcile } from '@/server/workspaces/reconcile/reconcile';
import { findReport } from '@/server/workspaces/reconcile/reports';

export const REQUEST_CHANNEL = 'anyon_reconcile';
export const requestShape = z.object({ id: z.uuid(), cause: z.enum(['person', 'command']) });

const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 200;

/**
 * A dry run compares here and now, in whatever process asks. Otherwise the worker is asked to act, for only it may, and its
 * report is waited for: `unavailable` when it takes longer than 20 s or no worker listens.
 */
export async function requestReconcile(options: { cause: 'person' | 'command'; dryRun: boolean }): Promise<ReconcileReport> {
  if (options.dryRun) return reconcile(containerEngine(), options);
  const id = uuidv7();
  await rawDatabase().notify(REQUEST_CHANNEL, JSON.stringify({ id, cause: options.cause }));
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(LOOK_EVERY_MS)) {
    const report = await findReport(id);
    if (report) return report;
  }
  throw new AnyonError('unavailable', 'The worker has not reported within 20 seconds. It may still be at it, or not be running: look at the reports in a moment, and at the server log.');
}
