import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, isNull, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal } from '@/contract/run';
import { createWorkspaceInput } from '@/contract/workspace';
import { secretUses } from '@/db/schema';
import { database } from '@/server/database';
import { secretsDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { putSecret } from '@/server/secrets/vault';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { faultSeed } from '@/tests/faults/fault-scene';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { until } from '@/tests/setup/runtime-container';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** SEC-08: the worker is killed while it hands out secrets, and what it could not take away goes with the start of the next. */
const KILLS = 8;
const value = `value-${randomBytes(24).toString('hex')}`;
let product: TestProduct;
let owner: Actor;
let workspaceId = '';

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner', 'admin');
  await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: 'NPM_TOKEN' }, value);
  startWorkerProcess();
  const repositoryUrl = product.addRepository('plain', { 'README.md': '# Plain\n' });
  ({ id: workspaceId } = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, limits: { memoryBytes: 768 * 1024 ** 2 } })));
  await until('the workspace', async () => (await getWorkspace(await requireWorkspaceAccess(owner, workspaceId))).status === 'running', 90_000);
  await killWorkers();
});

afterAll(async () => {
  await killWorkers();
  await product?.close();
});

const view = async (runId: string) => getRun(await requireRunAccess(owner, runId));
const stagedNames = () => readdirSync(secretsDir()).filter((name) => name.startsWith('.install-')).flatMap((name) => readdirSync(path.join(secretsDir(), name)));
const left = () => [...readdirSync(workspaceSecretsDir(workspaceId)).filter((name) => name !== '.place'), ...stagedNames()];

it(`D2-19 nothing is left, and every value is known to the masker, when the worker is killed at ${KILLS} moments of a launch`, async () => {
  const seed = faultSeed();
  const random = randomNumbers(seed);
  for (let time = 0; time < KILLS; time += 1) {
    const { status, statusReason } = await getWorkspace(await requireWorkspaceAccess(owner, workspaceId));
    expect({ seed, time, status, statusReason }).toMatchObject({ status: 'running' });
    const run = await startRun(await requireWorkspaceAccess(owner, workspaceId), { prompt: '[[sim:bash cmd="cat $ANYON_SECRETS_DIR/env/NPM_TOKEN; sleep 20"]]' });
    const worker = startWorkerProcess();
    await until('the launch', async () => (await view(run.id)).status !== 'queued', 30_000);
    await sleep(random() * 400);
    await worker.kill();
    // Written down before it is anywhere, whatever was interrupted.
    const uses = await database().select().from(secretUses).where(and(eq(secretUses.runId, run.id), eq(secretUses.secretName, 'NPM_TOKEN')));
    if (left().length > 0) expect({ seed, time, uses: uses.length }).toEqual({ seed, time, uses: 1 });
    const next = startWorkerProcess();
    await sleep(random() * 1_500);
    await stopRun(await requireRunAccess(owner, run.id));
    await until('the run to end', async () => isFinal((await view(run.id)).status), 60_000);
    await until('its secrets to go', () => left().length === 0, 10_000);
    await next.kill();
  }
  // The last kill may have come between the files and the row, too.
  startWorkerProcess();
  await until('every use to be noted as ended', async () => (await database().select().from(secretUses).where(isNull(secretUses.endedAt))).length === 0, 30_000);
  await killWorkers();
});

it('fifty orphans are gone within ten seconds of the start, and what a link among them leads to is untouched', async () => {
  const outside = path.join(product.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'keep'), 'keep');
  const orphans = Array.from({ length: 50 }, (_, index) => path.join(secretsDir(), index % 2 ? workspaceId : uuidv7(), uuidv7()));
  for (const orphan of orphans) {
    mkdirSync(orphan, { recursive: true });
    writeFileSync(path.join(orphan, 'claude'), value);
  }
  const link = path.join(workspaceSecretsDir(workspaceId), uuidv7());
  symlinkSync(outside, link);
  startWorkerProcess();
  await until('the orphans to go', () => orphans.every((orphan) => !existsSync(orphan)) && left().length === 0, 10_000);
  expect(readFileSync(path.join(outside, 'keep'), 'utf8')).toBe('keep');
});
