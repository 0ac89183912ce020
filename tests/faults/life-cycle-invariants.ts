import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { isFinalTask } from '@/contract/task';
import type { WorkspaceStatus } from '@/contract/workspace';
import { batches, taskAttempts, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { isLegalMove } from '@/server/workspaces/workspace-status';

/**
 * What must hold of workspaces after any fault, once everything is quiet (the life-cycle matrix's Q1–Q7 and Q10; docs/fault-matrices.md). Each
 * check answers with sentences about what is wrong; none means that it holds.
 */
export interface InvariantScope {
  instance: string;
  dataDir: string;
}

/** Records every move of a workspace's state from now on, so that an illegal one cannot hide between two looks. */
export async function recordMoves(): Promise<void> {
  await database().execute(sql`create table if not exists test_moves (workspace_id uuid not null, moved_from text not null, moved_to text not null, at timestamptz not null default clock_timestamp())`);
  await database().execute(sql`create or replace function test_record_move() returns trigger language plpgsql as $$ begin
    if old.status <> new.status then insert into test_moves (workspace_id, moved_from, moved_to) values (new.id, old.status, new.status); end if; return new; end $$`);
  await database().execute(sql`create or replace trigger test_record_move after update of status on workspaces for each row execute function test_record_move()`);
}

/** What the rows alone tell: Q1, Q3, Q10 and the half of Q2 about attempts. For scenes whose engine is in memory. */
export async function brokenRows(): Promise<string[]> {
  return [...(await openBatches()), ...(await openTasks()), ...(await illegalMoves()), ...(await tooManyAttempts()), ...(await overlappingAttempts())];
}

/** All that is wrong now. */
export async function brokenInvariants(scope: InvariantScope): Promise<string[]> {
  // First what is still to be done: a task that ends between two looks must not hide what it has just changed.
  const found = await brokenRows();
  const rows = await database().select().from(workspaces);
  const containers = ownContainers(scope.instance);
  const ids = new Set(rows.map((row) => row.id));

  for (const id of new Set(containers.map((container) => container.workspaceId))) {
    const mine = containers.filter((container) => container.workspaceId === id);
    if (mine.length > 1) found.push(`Q2: workspace ${id} has ${mine.length} containers`);
    if (!ids.has(id)) found.push(`Q5: container ${mine[0]?.name} belongs to no workspace`);
  }
  for (const row of rows) {
    const container = containers.find((candidate) => candidate.workspaceId === row.id);
    if (row.status === 'running' && container?.state !== 'running') found.push(`Q4: ${row.name} says running, its container is ${container?.state ?? 'gone'}`);
    if (row.status === 'running' && container && row.containerId !== container.id) found.push(`Q4: ${row.name} names another container than the one that runs`);
    if (row.status === 'stopped' && container?.state === 'running') found.push(`Q4: ${row.name} says stopped, its container runs`);
    if (row.status === 'archived' && container) found.push(`Q4: ${row.name} is archived and has a container`);
    if (['creating', 'deleting', 'unknown'].includes(row.status)) found.push(`Q1: ${row.name} is still ${row.status} (${row.statusReason ?? 'no reason'})`);
  }
  for (const network of ownNetworks(scope.instance)) if (!ids.has(network.workspaceId)) found.push(`Q5: network ${network.name} belongs to no workspace`);
  for (const directory of ['workspaces']) {
    const folder = path.join(scope.dataDir, directory);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) if (!ids.has(name)) found.push(`Q5: ${directory}/${name} belongs to no workspace`);
  }
  return found;
}

async function openTasks(): Promise<string[]> {
  const rows = await database().select().from(tasks);
  return rows.filter((task) => !isFinalTask(task.status)).map((task) => `Q1: task ${task.kind} of ${task.workspaceName} is still ${task.status} (${task.statusReason ?? 'no reason'})`);
}

/** A batch asks for its tasks one after the other: between two of them no task is open, and yet it is not over. */
async function openBatches(): Promise<string[]> {
  const rows = await database().select().from(batches);
  return rows.filter((batch) => batch.status === 'running').map((batch) => `Q1: the batch of ${batch.action} is still running (${batch.statusReason ?? 'no reason'})`);
}

async function illegalMoves(): Promise<string[]> {
  const moves = await database().execute<{ moved_from: WorkspaceStatus; moved_to: WorkspaceStatus }>(sql`select moved_from, moved_to from test_moves`);
  return moves.filter((move) => !isLegalMove(move.moved_from, move.moved_to)).map((move) => `Q3: a workspace moved from ${move.moved_from} to ${move.moved_to}`);
}

/** Deaths of a worker and waits for room are not the task's fault; everything else is bounded by its rule. */
async function tooManyAttempts(): Promise<string[]> {
  const rows = await database()
    .select({ id: tasks.id, kind: tasks.kind, max: tasks.maxAttempts, failed: sql<number>`count(*) filter (where ${taskAttempts.outcome} = 'failed')::int` })
    .from(tasks)
    .innerJoin(taskAttempts, sql`${taskAttempts.taskId} = ${tasks.id}`)
    .groupBy(tasks.id);
  return rows.filter((task) => task.failed > task.max).map((task) => `Q10: task ${task.kind} was tried ${task.failed} times, ${task.max} are allowed`);
}

/** Two attempts of one workspace that were under way in the same moment. */
async function overlappingAttempts(): Promise<string[]> {
  const pairs = await database().execute<{ workspace_name: string }>(sql`
    select task_one.workspace_name from task_attempts one join tasks task_one on task_one.id = one.task_id
    join tasks task_two on task_two.workspace_id = task_one.workspace_id join task_attempts two on two.task_id = task_two.id
    where (one.task_id, one.number) < (two.task_id, two.number) and one.started_at < two.ended_at and two.started_at < one.ended_at`);
  return pairs.map((pair) => `Q2: two attempts of ${pair.workspace_name} were under way at the same time`);
}

interface OwnObject {
  id: string;
  name: string;
  workspaceId: string;
  state: string;
}

function ownContainers(instance: string): OwnObject[] {
  return docker('ps', '--all', '--no-trunc', '--filter', `label=anyon.instance=${instance}`, '--format', '{{.ID}}\t{{.Names}}\t{{.Label "anyon.workspace"}}\t{{.State}}');
}

function ownNetworks(instance: string): OwnObject[] {
  return docker('network', 'ls', '--no-trunc', '--filter', `label=anyon.instance=${instance}`, '--format', '{{.ID}}\t{{.Name}}\t{{.Label "anyon.workspace"}}\t-');
}

function docker(...args: string[]): OwnObject[] {
  const lines = execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [id = '', name = '', workspaceId = '', state = ''] = line.split('\t');
    return { id, name, workspaceId, state };
  });
}
