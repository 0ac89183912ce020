import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { taskAttempts, tasks } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { health, isReady } from '@/server/health';
import { startRun } from '@/server/runs/start-run';
import { shutdownController } from '@/server/shutdown';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';
import { freePort } from '@/tests/setup/free-ports';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { endedRun, workspaceWhere } from '@/tests/setup/wait-for-state';
import { startWebProcess, untilAnswers } from '@/tests/setup/web-process';

/** What the processes of one build do when they are told to make room for the next: real workers over the real engine, with a task and a run under way. */
let product: TestProduct;
let owner: Actor;
let workspace: WorkspaceView;
/** The one that has the lead. */
let worker: WorkerProcess;

beforeAll(async () => {
  product = await startTestProduct();
  changeEnvironment({ AUTH_SECRET: randomBytes(32).toString('hex') });
  owner = await product.addUser('owner');
});
afterAll(async () => {
  await killWorkers();
  await product?.close();
});

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(20);
}

/** Tells the worker to end while the next one waits for its lead already; resolves when it has ended by itself, within its time. */
async function handOver(): Promise<void> {
  const [old, told] = [worker, performance.now()];
  worker = startWorkerProcess();
  old.signal('SIGTERM');
  expect(await old.ended).toBeNull();
  expect(performance.now() - told).toBeLessThan(12_000);
}

describe('REL-22 a worker that is told to end', () => {
  it('says so in health, and the next one brings its task to the end without a strike', async () => {
    worker = startWorkerProcess({ ANYON_FAILPOINT: 'start.container-created:sleep:2500' });
    const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
    const { id } = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl }));
    await until(() => execFileSync('docker', ['ps', '--all', '--quiet', '--filter', `label=anyon.workspace=${id}`], { encoding: 'utf8' }) !== '');
    expect(await health()).toMatchObject({ worker: 'ok' });
    const over = handOver();
    await expect.poll(health, { timeout: 5_000, interval: 20 }).toMatchObject({ status: 'draining', worker: 'draining', reasons: [expect.stringContaining('makes room')] });
    await over;
    workspace = await workspaceWhere(owner, { id }, ({ status }) => status !== 'creating');
    expect(workspace).toMatchObject({ status: 'running', statusReason: null });
    const attempts = await database().select({ outcome: taskAttempts.outcome }).from(taskAttempts).innerJoin(tasks, eq(tasks.id, taskAttempts.taskId)).where(eq(tasks.workspaceId, id));
    expect(attempts.filter(({ outcome }) => ['died', 'failed'].includes(outcome))).toEqual([]);
    expect(await health()).toMatchObject({ worker: 'ok' });
  });

  it('lets go of a run, which never notices: the next one brings it to its end, and its log is whole', async () => {
    const run = await startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt: '[[sim:loop times=7 cmd="echo one more; sleep 0.5"]] [[sim:text text="all done"]]' });
    const file = path.join(runLogDir(run.id), 'out.log');
    const size = () => (existsSync(file) ? statSync(file).size : 0);
    await until(() => readLines(file).length > 4);
    const before = size();
    await handOver();
    const ended = await endedRun(owner, run);
    expect([ended.status, ended.statusReason]).toEqual(['succeeded', null]);
    expect(size()).toBeGreaterThan(before);
    const lines = readLines(file).map((line) => JSON.parse(line) as { type: string; subtype?: string });
    expect(lines.filter(({ type, subtype }) => type === 'system' && subtype === 'init')).toHaveLength(1); // Claude Code was started once
    expect(lines.filter((line) => line.type === 'user' && JSON.stringify(line).includes('one more'))).toHaveLength(7);
    expect(lines.at(-1)).toMatchObject({ type: 'result', subtype: 'success' });
  });
});

/** The lines that are whole already. */
function readLines(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

/** Asks without a pause, as a busy proxy does, over one connection for as long as that lasts; rejects when nobody answers any more. */
async function askOverAKeptConnection(url: string): Promise<never> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) await new Promise((resolve, reject) => http.get(`${url}/api/health?probe=live`, { agent }, (answer) => answer.resume().once('end', resolve)).once('error', reject));
}

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
      const proxyLeft = askOverAKeptConnection(web.url).catch(() => performance.now());
      const told = performance.now();
      web.process.kill('SIGTERM');
      await until(async () => (await fetch(`${web.url}/api/health?probe=live`).catch(() => null)) === null);
      expect((await proxyLeft) - told).toBeLessThan(5_000);
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

  it('says to a proxy that still has a connection to it that nobody is to be sent any more', async () => {
    expect(isReady(await health())).toBe(true);
    shutdownController().abort();
    const found = await health();
    expect([found.status, isReady(found)]).toEqual(['draining', false]);
  });
});
