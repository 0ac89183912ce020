import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { retentionState, runs } from '@/db/schema';
import { maskTokens } from '@/server/secrets/masked-text';
import { applyRetentionWhenDue } from '@/server/system/retention/apply-retention';
import { forecastRetention } from '@/server/system/retention/forecast';
import { printForecast } from '@/server/system/retention/print-forecast';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { startCommand } from '@/tests/setup/backup-bench';
import { filesOf, openRetentionBench, setRule, type RetentionBench } from '@/tests/setup/retention-bench';

/** What goes by the rules (retention.test.ts), as `npm run retention` tells it. */
let kept: RetentionBench;

beforeAll(async () => {
  kept = await openRetentionBench();
});
beforeEach(async () => {
  await kept.beginAnew();
});
afterAll(() => kept.close());

it('is shown by a command, also to programs, and applied when somebody asks', async () => {
  const folder = mkdtempSync(path.join(kept.directory, 'command-'));
  await bundleServer(['server/retention-command.ts'], folder);
  const command = (...args: string[]) => startCommand(path.join(folder, 'retention-command.mjs'), args, { ANYON_DATA_DIR: kept.directory, DATABASE_URL: kept.bench.testDatabase.url }).end;
  const old = await kept.oldRun(91);
  await setRule('logs', 90);
  const shown = await command('--dry-run', '--json');
  expect(shown.code).toBe(0);
  expect((JSON.parse(shown.output) as { forecasts: { kind: string; goes: unknown; first: { id: string }[] }[] }).forecasts[0]).toMatchObject({ kind: 'logs', goes: { items: 1, bytes: 1000 }, first: [{ id: old }] });
  expect(filesOf(old)).toContain('out.log');
  const asked = command();
  while ((await kept.bench.database.select().from(retentionState))[0]?.askedAt == null) await new Promise((resolve) => setTimeout(resolve, 50));
  await applyRetentionWhenDue({ mayAct: async () => true, signal: new AbortController().signal });
  expect(await asked).toMatchObject({ code: 0, output: expect.stringMatching(/Logs of runs: kept for 90 days\.\n {2}There: 0 logs/) });
  expect(filesOf(old)).not.toContain('out.log');
});

it('reads in a terminal, and steers none', async () => {
  const id = await kept.oldRun(91, 1024);
  await kept.bench.database.update(runs).set({ prompt: maskTokens('Say \u001b[31mhello') }).where(eq(runs.id, id));
  await setRule('logs', 90);
  const text = printForecast(await forecastRetention(kept.admin.actor));
  expect(text).toMatch(/Logs of runs: kept for 90 days\.\n {2}There: 1 log, 1\.0 KiB\.\n {2}Goes from .* on: 1 log, 1\.0 KiB\.\n {4}\d{4}-\d\d-\d\d {5}1\.0 KiB {2}shop #1: Say \?\[31mhello {2}\(older than 90 days\)\n/);
  expect(text).toMatch(/Working trees: kept for good\./);
});
