import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TaskKind } from '@/contract/task';
import { database } from '@/server/database';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { until } from '@/tests/setup/runtime-container';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/**
 * Postgres ends a transaction because it conflicts with another one: a serialization failure (40001) or a deadlock (40P01), thrown by a trigger in the n-th write of a
 * table. `npm test` walks one write by chance for each of the two; `npm run test:faults` the first six of each table, in both ways.
 */
const tables = ['workspaces', 'tasks', 'task_attempts', 'pgboss.job'] as const;
const codes = ['40001', '40P01'] as const;
const FURTHEST = 6;

interface Conflict {
  table: (typeof tables)[number];
  code: (typeof codes)[number];
  /** Which write of the table since the first task was asked for. */
  nth: number;
}

const seed = faultSeed();
const all: Conflict[] = tables.flatMap((table) => codes.flatMap((code) => Array.from({ length: FURTHEST }, (_, index) => ({ table, code, nth: index + 1 }))));
const shuffled = chanceFrom(seed).shuffled(all);
const chosen = whole ? all : codes.map((code) => shuffled.find((one) => one.code === code)).filter((one) => one !== undefined);

let bench: TaskBench;
let worker: TestWorker;

beforeAll(async () => {
  bench = await startTaskBench();
  worker = await startTestWorker({ engine: bench.engine }); // the tables of the queue are there from now on
  await recordMoves();
  await layTriggers();
  console.info(`database conflicts: ANYON_FAULT_SEED=${seed}`);
});
afterAll(async () => {
  await worker?.stop();
  await bench?.close();
});

/** A sequence counts on however its transaction ends; the plan is a row, so that arming it is one statement. */
async function layTriggers(): Promise<void> {
  await database().execute(sql`create sequence test_writes`);
  await database().execute(sql`create table test_conflict (on_table text not null, nth int not null, code text not null)`);
  await database().execute(sql`create function test_conflict() returns trigger language plpgsql as $$ declare plan record; begin
    select * into plan from test_conflict where on_table = tg_argv[0];
    if found and nextval('test_writes') = plan.nth then raise exception 'injected conflict' using errcode = plan.code; end if; return new; end $$`);
  for (const table of tables) await database().execute(sql.raw(`create trigger test_conflict before insert or update on ${table} for each row execute function test_conflict('${table}')`));
}

async function arm(conflict: Conflict | null): Promise<void> {
  await database().execute(sql`delete from test_conflict`);
  await database().execute(sql`select setval('test_writes', 1, false)`);
  if (conflict) await database().execute(sql`insert into test_conflict values (${conflict.table}, ${conflict.nth}, ${conflict.code})`);
}

/** Whether the conflict has come to pass. */
async function struck(nth: number): Promise<boolean> {
  const [row] = await database().execute<{ last_value: string; is_called: boolean }>(sql`select last_value, is_called from test_writes`);
  return row !== undefined && row.is_called && Number(row.last_value) >= nth;
}

/** As a person does: who is refused asks again. */
async function asked(workspaceId: string, kind: TaskKind): Promise<string> {
  for (let time = 0; time < 2; time += 1) {
    const taskId = await requestTask({ workspaceId, kind, cause: 'person', requestedById: bench.owner.userId }).catch(() => undefined);
    if (taskId) return taskId;
  }
  throw new Error(`The task ${kind} was refused twice.`);
}

describe('D2-11 a conflict between transactions', () => {
  it.each(chosen)('$code in write $nth of $table: everything that was acknowledged succeeds, once', async (conflict) => {
    let made = 0;
    bench.hook = (method) => void (method === 'createContainer' && (made += 1));
    const { id } = await bench.addWorkspace();
    await arm(conflict);
    for (const kind of ['start', 'stop', 'start', 'delete'] as const) {
      const task = await bench.finalTask(await asked(id, kind));
      expect(task, `${kind}: ${task.statusReason}`).toMatchObject({ status: 'succeeded' });
      expect(task.attempts.length, `attempts of ${kind}`).toBeLessThanOrEqual(2);
    }
    expect(await struck(conflict.nth)).toBe(true);
    await arm(null);
    await until('all to be settled', async () => (await brokenRows()).length === 0);
    expect(made).toBe(1);
    await expect(bench.workspace(id)).rejects.toThrow('There is no workspace');
  });
});
