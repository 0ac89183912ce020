import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import { runAttempts, runEvents } from '@/db/schema';
import { database, rawDatabase } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';
import { listenToClaude, type ClaudeWire } from '@/tests/setup/claude-wire';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { runningWorkspace } from '@/tests/setup/wait-for-state';

/** The worker is killed around every move of a parked run; the simulator lets the run in again as soon as the listener does. */
let product: TestProduct;
let wire: ClaudeWire;
let person: Actor;
let workspaceId: string;
let worker: WorkerProcess;

beforeAll(async () => {
  product = await startTestProduct();
  wire = await listenToClaude(product);
  person = await product.addUser('owner');
  worker = startWorkerProcess();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  ({ id: workspaceId } = await runningWorkspace(person, { repositoryUrl, limits: { memoryBytes: 1024 ** 3 } }));
});

afterAll(async () => {
  await killWorkers();
  await wire?.close();
  await product?.close();
});

/** What a view tells of other rows is waited for this long at most. */
const READ_AGAIN_MS = 250;

const view = async (run: RunView) => getRun(await requireRunAccess(person, run.id));

/** As soon as its row says so. Who wrote the row last is asked at every look: it is a small part of the work of a view, and what is waited for needs the processor. */
async function until(run: RunView, done: (now: RunView) => boolean): Promise<RunView> {
  const written = async () => JSON.stringify(await rawDatabase()`select xmin::text from runs where id = ${run.id}`);
  for (;;) {
    const before = await written();
    const now = await view(run);
    if (done(now) || isFinal(now.status)) return now;
    const again = Date.now() + READ_AGAIN_MS;
    do await sleep(5);
    while (Date.now() < again && (await written()) === before);
  }
}

async function replaceWorker(): Promise<void> {
  await worker.kill();
  worker = startWorkerProcess();
}

const attemptsOf = (run: RunView) => database().select().from(runAttempts).where(eq(runAttempts.runId, run.id)).orderBy(asc(runAttempts.number));

it('loses and repeats nothing of a run while the worker is killed at its parking, while it waits and when it goes on', async () => {
  let refusing = true;
  wire.refuse = () => (refusing ? { status: 401 } : null);
  const run = await startRun(await requireWorkspaceAccess(person, workspaceId), { prompt: 'Write a note.' });
  // At each parking, as soon as the row says so, and once each a little before and after; the simulator's runs go on two seconds later.
  for (const attempt of [1, 2, 3]) {
    await until(run, (now) => now.attempt === attempt && now.status === 'parked');
    await sleep((attempt - 1) * 15);
    await replaceWorker();
    await until(run, (now) => now.attempt === attempt + 1);
    await sleep((attempt - 1) * 60);
    await replaceWorker();
  }
  await until(run, (now) => now.attempt === 4 && now.outBytes > 0 && now.status === 'running');
  await replaceWorker();
  refusing = false;
  const over = await until(run, () => false);
  expect(over.statusReason).toBeNull();
  expect(over).toMatchObject({ status: 'succeeded', claudeSessionId: run.claudeSessionId, logTampered: false });

  const log = readFileSync(path.join(runLogDir(run.id), 'out.log'));
  expect(log.length).toBe(over.outBytes);
  const expected: string[] = [];
  const results: number[] = [];
  for (let from = 0; from < log.length; from = log.indexOf(0x0a, from) + 1) {
    const { type } = JSON.parse(log.toString('utf8', from, log.indexOf(0x0a, from))) as { type: string };
    if (type !== 'stream_event') expected.push(`${from} ${type}`);
    if (type === 'result') results.push(log.indexOf(0x0a, from) + 1);
  }
  const events = await database().select({ offset: runEvents.offset, kind: runEvents.kind }).from(runEvents).where(eq(runEvents.runId, run.id)).orderBy(asc(runEvents.offset));
  expect(events.map(({ offset, kind }) => `${offset} ${kind}`)).toEqual(expected);
  const attempts = await attemptsOf(run);
  expect(attempts.map(({ number }) => number)).toEqual(Array.from({ length: over.attempt }, (_, index) => index + 1));
  expect(attempts.map(({ outStart }) => outStart)).toEqual([0, ...results.slice(0, -1)]);
  expect(attempts.slice(0, -1).every(({ reason, endedAt }) => reason === 'claude_sign_in' && endedAt !== null)).toBe(true);
}, 180_000);
