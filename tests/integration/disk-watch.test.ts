import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { runs, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { plainWords } from '@/server/secrets/masked-text';
import { DiskWatch } from '@/server/workspaces/metrics/disk-watch';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { FakeEngine } from '@/tests/fakes/fake-engine';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

const MIB = 1024 ** 2;
const never = new AbortController().signal;
let product: TestProduct;
let owner: Actor;
let engine: FakeEngine;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  engine = new FakeEngine({ dataDir: product.directory, instance: product.instance, images: ['i'] });
  await engine.ensureNetwork({ name: 'anyon-n', labels: {}, bridge: 'anyn0', pool: '10.213.0.0/16' });
});
afterAll(() => product?.close());

async function addWorkspace(fields: { diskBytes: number | null; files: number; startedMinutesAgo?: number }): Promise<string> {
  const id = uuidv7();
  const limits = { memoryBytes: 1024 ** 3, cpus: 1, pids: 100, diskBytes: fields.diskBytes };
  const containerId = await engine.createContainer({ name: `c-${id}`, image: 'i', labels: {}, env: {}, user: '1000', network: 'anyon-n', limits, mounts: [] });
  const containerStartedAt = new Date(Date.now() - (fields.startedMinutesAgo ?? 60) * 60_000);
  await database().insert(workspaces).values({ id, ownerId: owner.userId, name: 'w', repositoryUrl: 'https://x.org/y', image: 'i', ...limits, status: 'running', steps: freshSteps(), containerId, containerStartedAt });
  mkdirSync(workspaceFilesDir(id), { recursive: true });
  writeFileSync(path.join(workspaceFilesDir(id), 'file'), Buffer.alloc(fields.files, 1));
  return id;
}

async function stateOf(id: string) {
  const [row] = await database().select({ desired: workspaces.desired, reason: workspaces.statusReason, lastError: workspaces.lastError, errorClass: workspaces.lastErrorClass }).from(workspaces).where(eq(workspaces.id, id));
  const asked = await database().select({ kind: tasks.kind, cause: tasks.cause }).from(tasks).where(eq(tasks.workspaceId, id));
  return { ...row, asked };
}

describe('ISO-09 where the file system holds nobody to a limit', () => {
  it('a workspace that has more than its limit is stopped, with the reason and what to do; others go on', async () => {
    const full = await addWorkspace({ diskBytes: 2 * MIB, files: 3 * MIB });
    const within = await addWorkspace({ diskBytes: 8 * MIB, files: 3 * MIB });
    const unlimited = await addWorkspace({ diskBytes: null, files: 3 * MIB });
    const watch = new DiskWatch(engine);
    await watch.look(never);
    expect(await stateOf(full)).toEqual({
      desired: 'stopped',
      reason: expect.stringMatching(/^Stopping the container\. It has \d MiB on disk, and its limit is 2 MiB\.$/) as string,
      lastError: expect.stringMatching(/^It has \d MiB on disk.*delete files within five minutes, or give it more disk\.$/) as string,
      errorClass: 'storage',
      asked: [{ kind: 'stop', cause: 'reconcile' }],
    });
    for (const id of [within, unlimited]) {
      expect(await stateOf(id)).toMatchObject({ desired: 'running', lastError: null, asked: [] });
      expect(watch.bytesOf(id)).toBeGreaterThanOrEqual(3 * MIB);
      expect(watch.bytesOf(id)).toBeLessThan(3.2 * MIB);
    }
  });

  it('one that has just been started is given time to delete files', async () => {
    const id = await addWorkspace({ diskBytes: 2 * MIB, files: 3 * MIB, startedMinutesAgo: 2 });
    const watch = new DiskWatch(engine);
    await watch.look(never);
    expect(await stateOf(id)).toMatchObject({ desired: 'running', asked: [] });
    expect(watch.bytesOf(id)).toBeGreaterThanOrEqual(3 * MIB);
  });

  it('what it was is shown until its time has come again, or a run has ended', async () => {
    const id = await addWorkspace({ diskBytes: null, files: MIB });
    const watch = new DiskWatch(engine);
    expect(watch.bytesOf(id)).toBeNull();
    await watch.look(never);
    const before = watch.bytesOf(id) ?? 0;
    writeFileSync(path.join(workspaceFilesDir(id), 'more'), Buffer.alloc(5 * MIB, 1));
    await watch.look(never);
    expect(watch.bytesOf(id)).toBe(before);
    await database().insert(runs).values({ id: uuidv7(), workspaceId: id, startedById: owner.userId, number: 1, prompt: plainWords('p'), simulated: true, branch: 'b', claudeSessionId: uuidv7(), status: 'succeeded', finishedAt: new Date(Date.now() + 1000) });
    await watch.look(never);
    expect(watch.bytesOf(id)).toBeGreaterThanOrEqual(before + 5 * MIB);
  });

  it('one that cannot be measured holds up nobody', async () => {
    const gone = await addWorkspace({ diskBytes: 2 * MIB, files: 3 * MIB });
    rmSync(path.dirname(workspaceFilesDir(gone)), { recursive: true });
    const well = await addWorkspace({ diskBytes: null, files: MIB });
    const watch = new DiskWatch(engine);
    await watch.look(never);
    expect(watch.bytesOf(gone)).toBeNull();
    expect(watch.bytesOf(well)).toBeGreaterThan(MIB);
  });
});
