import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { downloadedLog, savedText } from '@/tests/e2e/log-on-page';
import { countEvents, problemsOfEvents, type EventRow } from '@/tests/faults/expected-events';
import type { FaultScene } from '@/tests/faults/fault-scene';
import { whatSavesLack } from '@/tests/faults/page-saves';
import { plantedTokens } from '@/tests/faults/generator/planted-tokens.mjs';

const streams = ['out', 'err'] as const;
const LONGEST_WRITE_MS = 2_000;
/** Between two writes the program also sleeps and waits for a processor and for the disk of a busy machine. */
const LONGEST_STALL_MS = 10_000;

/**
 * Asserts about an ended run that everything it wrote is there once, masked, everywhere: served, in the database, on the page that
 * stayed open; that its end is right; and that it noticed nothing itself. Returns figures for a line of the report.
 */
export async function expectNothingLost(scene: FaultScene): Promise<string> {
  const run = await scene.final();
  const progress = scene.progress();
  expect({ status: run.status, reason: run.statusReason, exitCode: run.exitCode }).toEqual({ status: 'succeeded', reason: null, exitCode: 0 });
  expect(readFileSync(path.join(scene.files, 'starts'), 'utf8')).toBe(`${progress.pid}\n`);
  expect(progress.ended).toBe(true);
  expect(progress.longestWriteMs).toBeLessThan(LONGEST_WRITE_MS);
  expect(progress.longestStallMs).toBeLessThan(LONGEST_STALL_MS);

  const credential = readFileSync(path.join(scene.files, 'credential'), 'latin1');
  const masker = createMasker(secretNeedles([credential]));
  const expected = { out: masker.maskWhole(written(scene, 'out')), err: masker.maskWhole(written(scene, 'err')) };
  const database = await scene.product.node('tests/faults/read-database.mjs', scene.product.dataDir);
  const serverLog = readFileSync(path.join(scene.product.dataDir, 'logs/server.log'));
  for (const stream of streams) {
    const served = await serve(scene, stream);
    expect({ stream, ...digest(served) }).toEqual({ stream, ...digest(expected[stream]) });
    expectNoSecret(served, credential, `the served log (${stream})`);
  }
  expectNoSecret(Buffer.from(database), credential, 'the database');
  expectNoSecret(serverLog, credential, 'server.log');

  const { events } = JSON.parse(database) as { events: EventRow[] };
  const rows = events.filter(({ run_id: runId }) => runId === scene.runId);
  expect(problemsOfEvents(expected.out, rows)).toEqual([]);
  expect(countEvents(rows)).toBe(progress.events);
  await expectSameOnPage(scene, expected);

  const size = expected.out.length + expected.err.length;
  return `${size} bytes in ${progress.seconds.toFixed(1)} s (${(size / 1e6 / progress.seconds).toFixed(2)} MB/s), ${rows.length} rows, longest write ${progress.longestWriteMs.toFixed(0)} ms, longest stall ${progress.longestStallMs.toFixed(0)} ms`;
}

/**
 * The page was open before the first byte and never loaded again. It holds the newest part of what it received: whenever that was looked at, it must be a
 * piece of what was written, byte for byte, and in the end its end. What its download gives must be everything.
 */
async function expectSameOnPage(scene: FaultScene, expected: Record<(typeof streams)[number], Buffer>): Promise<void> {
  const { page } = scene;
  await page.locator('[data-log-state=ended]').waitFor({ timeout: 60_000 });
  await page.locator('header [data-state=succeeded]').waitFor({ timeout: 30_000 });
  const earlier = { out: await scene.saves.end(), err: [] };
  expect(digest(await downloadedLog(page))).toEqual(digest(expected.out));
  for (const [stream, choice] of [['out', 'All'], ['err', 'Errors']] as const) {
    await page.getByRole('radio', { name: choice }).check({ force: true });
    const wanted = Buffer.from(new TextDecoder('utf-8', { ignoreBOM: true }).decode(expected[stream]));
    expect({ stream, lack: whatSavesLack([...earlier[stream], await savedText(page)], wanted) }).toEqual({ stream, lack: null });
  }
}

async function serve(scene: FaultScene, stream: string): Promise<Buffer> {
  const response = await fetch(`${scene.product.origin}/api/runs/${scene.runId}/log?stream=${stream}`, { headers: { cookie: scene.cookie } });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

function written(scene: FaultScene, stream: string): Buffer {
  return readFileSync(path.join(scene.files, `written.${stream}`));
}

function expectNoSecret(bytes: Buffer, credential: string, where: string): void {
  const base64 = Buffer.from(credential).toString('base64');
  const found = [...plantedTokens, credential, base64].filter((secret) => bytes.includes(secret));
  expect({ where, found }).toEqual({ where, found: [] });
}

function digest(bytes: Buffer): { bytes: number; sha256: string } {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
