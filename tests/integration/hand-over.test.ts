import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { health } from '@/server/health';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { freePort } from '@/tests/setup/free-ports';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, workspaceWithRun } from '@/tests/setup/test-people';
import { removeDockerObjects } from '@/tests/setup/test-product';
import { startWebProcess, untilAnswers } from '@/tests/setup/web-process';

/** What the processes of one build do when they are told to make room for the next. */
let bench: TaskBench;

beforeAll(async () => {
  bench = await startTaskBench({ AUTH_SECRET: randomBytes(32).toString('hex') });
});
afterEach(killWorkers);
afterAll(async () => {
  removeDockerObjects(env().ANYON_INSTANCE);
  await bench.close();
});

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(20);
}

describe('REL-22 a worker that is told to end', () => {
  it('says so in health, lets go within its time, and the next one brings its task to the end without a strike', async () => {
    const { id } = await bench.addWorkspace();
    const old = startWorkerProcess({ ANYON_FAILPOINT: 'start.container-created:sleep:2500' });
    const taskId = (await requestTask({ workspaceId: id, kind: 'start', cause: 'person', requestedById: bench.owner.userId })) ?? '';
    await until(async () => (await bench.task(taskId)).attempts.length === 1);
    await until(async () => (await health()).worker === 'ok');
    startWorkerProcess(); // of the next build; it waits for the lead
    const told = performance.now();
    old.signal('SIGTERM');
    await expect.poll(health, { timeout: 5_000, interval: 20 }).toMatchObject({ status: 'draining', worker: 'draining', reasons: [expect.stringContaining('makes room')] });
    expect(await old.ended).toBeNull(); // by itself
    expect(performance.now() - told).toBeLessThan(12_000);
    const task = await bench.finalTask(taskId);
    expect(task.status).toBe('succeeded');
    expect(task.attempts.filter(({ outcome }) => ['died', 'failed'].includes(outcome))).toEqual([]);
    expect(await health()).toMatchObject({ worker: 'ok' });
  });
});

describe('REL-22 a web process that is told to end', () => {
  it('takes nothing new, and finishes what it is answering', async () => {
    changeEnvironment({ ANYON_URL: undefined });
    const port = await freePort();
    changeEnvironment({ ANYON_PORT: String(port) });
    const person = await signedInPerson(database(), 'reader');
    const { runId } = await workspaceWithRun(database(), person.actor);
    const log = randomBytes(16 * 1024 * 1024).toString('hex');
    mkdirSync(runLogDir(runId), { recursive: true });
    writeFileSync(path.join(runLogDir(runId), 'out.log'), log);
    const web = await startWebProcess({ DATABASE_URL: process.env['DATABASE_URL'] ?? '', AUTH_SECRET: process.env['AUTH_SECRET'] ?? '', ANYON_DATA_DIR: env().dataDir }, port);
    try {
      await untilAnswers(web);
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        http.get(`${web.url}/api/runs/${runId}/log?stream=out`, { agent: false, headers: { cookie: person.cookie } }, resolve).on('error', reject);
      });
      answer.pause();
      const told = performance.now();
      web.process.kill('SIGTERM');
      await until(async () => (await fetch(`${web.url}/api/health?probe=live`).catch(() => null)) === null);
      let bytes = 0;
      for await (const piece of answer) bytes += (piece as Buffer).length;
      expect(bytes).toBe(log.length);
      expect([0, 143]).toContain(await web.ended); // Next itself ends with 128 + SIGTERM
      expect(performance.now() - told).toBeLessThan(12_000);
    } finally {
      web.process.kill('SIGKILL');
      await web.ended;
    }
  });
});
