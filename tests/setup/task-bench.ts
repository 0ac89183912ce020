import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { isFinalTask, type TaskAttempt } from '@/contract/task';
import { taskAttempts, tasks, users, workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database, rawDatabase } from '@/server/database';
import { secretsDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { closeSender } from '@/server/queue/queue';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { FakeEngine } from '@/tests/fakes/fake-engine';
import { fakeWrapper } from '@/tests/fakes/fake-wrapper';
import { createTestDatabase } from '@/tests/setup/test-database';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { ownInstance } from '@/tests/setup/owned-names';

/** Called before each call to the engine; may wait, may throw. */
export type EngineHook = (method: keyof ContainerEngine, args: readonly unknown[]) => Promise<void> | void;

/** Tasks and their rows in this process: a real database and queue, an engine in memory into which each test reaches. */
export interface TaskBench {
  owner: Actor;
  engine: ContainerEngine;
  fake: FakeEngine;
  dataDir: string;
  /** Set by a test, taken off by `reset`. */
  hook: EngineHook | null;
  addUser(login: string, role?: Actor['role']): Promise<Actor>;
  /** Puts another engine in place of this process's own, for what the API asks of it. */
  takeEngine(engine: ContainerEngine): void;
  /** A workspace whose repository is there already, so that starting it is a matter of the engine alone. */
  addWorkspace(values?: Partial<WorkspaceRow>): Promise<WorkspaceRow>;
  workspace(id: string): Promise<WorkspaceRow>;
  /** As no procedure would. */
  changeWorkspace(id: string, values: Partial<WorkspaceRow>): Promise<void>;
  task(id: string): Promise<TaskRow & { attempts: TaskAttempt[] }>;
  taskWhere(id: string, done: (task: TaskRow) => boolean): Promise<TaskRow & { attempts: TaskAttempt[] }>;
  /** Waits for the end of a task; which one may be null in the type only. */
  finalTask(id: string | null): Promise<TaskRow & { attempts: TaskAttempt[] }>;
  close(): Promise<void>;
}

/** Must be called before anything of the product reads its environment; one per test file. */
export async function startTaskBench(environment: Record<string, string> = {}): Promise<TaskBench> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-tasks-'));
  const dataDir = path.join(directory, 'data');
  mkdirSync(dataDir);
  const instance = await ownInstance();
  const testDatabase = await createTestDatabase();
  changeEnvironment({
    NODE_ENV: 'test',
    ANYON_LOG_LEVEL: process.env['ANYON_LOG_LEVEL'] ?? 'silent',
    ANYON_DATA_DIR: dataDir,
    ANYON_TEMP_DIR: path.join(directory, 'tmp'),
    ANYON_INSTANCE: instance,
    ANYON_SECRET_KEY: randomBytes(32).toString('base64'),
    ANYON_EGRESS_URL: 'http://192.0.2.1:9001',
    ANYON_FIREWALL: 'off', // an engine in memory has no networks that could be looked at
    DATABASE_URL: testDatabase.url,
    ...environment,
  });
  const fake = new FakeEngine({ dataDir, secretsDir: secretsDir(), instance, images: ['anyon-claude:latest'], ...fakeWrapper(dataDir) });
  const bench: TaskBench = {
    owner: await addUser('owner'),
    engine: hooked(fake, (method, args) => bench.hook?.(method, args)),
    fake,
    dataDir,
    hook: null,
    addUser,
    takeEngine,
    addWorkspace: (values = {}) => addWorkspace(bench.owner, values),
    workspace: readWorkspace,
    changeWorkspace: async (id, values) => void (await database().update(workspaces).set(values).where(eq(workspaces.id, id))),
    task: readTask,
    taskWhere,
    finalTask: (id) => taskWhere(id ?? '', (task) => isFinalTask(task.status)),
    async close() {
      await closeSender();
      await rawDatabase().end({ timeout: 1 });
      await testDatabase.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  takeEngine(bench.engine);
  return bench;
}

function takeEngine(engine: ContainerEngine): void {
  const states = (globalThis as Record<symbol, unknown>)[Symbol.for('anyon.process-state')] as Map<string, unknown>;
  states.set('container-engine', engine);
  states.set('probe-engine', engine);
}

function hooked(engine: FakeEngine, hook: EngineHook): ContainerEngine {
  return new Proxy<ContainerEngine>(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || name === 'streamEvents' || name === 'streamLogs') return typeof value === 'function' ? value.bind(target) : value;
      return async (...args: unknown[]) => {
        await hook(name as keyof ContainerEngine, args);
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

async function addUser(login: string, role: Actor['role'] = 'member'): Promise<Actor> {
  const userId = uuidv7();
  await database().insert(users).values({ id: userId, login, role });
  return { userId, sessionId: uuidv7(), login, role };
}

async function addWorkspace(owner: Actor, values: Partial<WorkspaceRow>): Promise<WorkspaceRow> {
  const id = uuidv7();
  const usual = { name: `workspace ${id.slice(-6)}`, repositoryUrl: 'https://git.test/repository.git', image: 'anyon-claude:latest', memoryBytes: 512 * 1024 ** 2, cpus: 1, pids: 128 };
  const [row] = await database()
    .insert(workspaces)
    .values({ ...usual, id, ownerId: owner.userId, status: 'stopped', desired: 'stopped', steps: freshSteps(), clonedAt: new Date(), ...values })
    .returning();
  if (!row) throw new Error('The workspace was not written.');
  mkdirSync(path.join(env().dataDir, 'workspaces', id, 'files'), { recursive: true });
  return row;
}

async function readWorkspace(id: string): Promise<WorkspaceRow> {
  const [row] = await database().select().from(workspaces).where(eq(workspaces.id, id));
  if (!row) throw new Error(`There is no workspace ${id}.`);
  return row;
}

async function readTask(id: string): Promise<TaskRow & { attempts: TaskAttempt[] }> {
  const [row] = await database().select().from(tasks).where(eq(tasks.id, id));
  if (!row) throw new Error(`There is no task ${id}.`);
  return { ...row, attempts: await database().select().from(taskAttempts).where(eq(taskAttempts.taskId, id)).orderBy(asc(taskAttempts.number)) };
}

async function taskWhere(id: string, done: (task: TaskRow) => boolean): Promise<TaskRow & { attempts: TaskAttempt[] }> {
  for (;;) {
    const task = await readTask(id);
    if (done(task)) return task;
    await sleep(20);
  }
}
