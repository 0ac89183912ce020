import { Gauge, Registry } from 'prom-client';
import { runStatuses } from '@/contract/run';
import { openTaskStatuses } from '@/contract/task';
import { workspaceStatuses } from '@/contract/workspace';
import { rawDatabase } from '@/server/database';
import { readMachine } from '@/server/deployment/machine';
import { env } from '@/server/env';
import { health } from '@/server/health';

/** What the rows and the machine say at this moment. Without a database it says that, and nothing of rows. */
export async function storedMeters(): Promise<Registry> {
  const registry = new Registry();
  registry.setDefaultLabels({ deployment: env().ANYON_DEPLOYMENT_MODE });
  const set = (name: string, help: string, values: Readonly<Record<string, number>>, label: string) => {
    const gauge = new Gauge({ registers: [registry], name, help, labelNames: [label] });
    for (const [word, value] of Object.entries(values)) gauge.set({ [label]: word }, value);
  };
  const single = (name: string, help: string, value: number) => new Gauge({ registers: [registry], name, help }).set(value);

  const { database, worker, engine } = await health();
  set('anyon_part_well', 'Whether a part of Anyon answers (1) or not (0)', { database: flag(database), worker: flag(worker), engine: flag(engine) }, 'part');
  const { disk, memory } = await readMachine();
  set('anyon_disk_bytes', 'Disk of the data directory', { total: disk.total, available: disk.available }, 'kind');
  set('anyon_machine_memory_bytes', 'Memory of this machine', { total: memory.total, available: memory.available }, 'kind');
  if (database !== 'ok') return registry;

  const rows = await readCounts();
  set('anyon_runs', 'Runs by state', withZeros(runStatuses, rows.runs), 'status');
  set('anyon_workspaces', 'Workspaces by state', withZeros(workspaceStatuses, rows.workspaces), 'status');
  set('anyon_open_tasks', 'Workspace tasks that are not over, by state', withZeros(openTaskStatuses, rows.tasks), 'status');
  set('anyon_database_connections', 'Connections to the database of Anyon, by state', withZeros(['active', 'idle', 'idle in transaction'], rows.connections), 'state');
  single('anyon_oldest_open_task_seconds', 'Age of the oldest workspace task that waits to begin', rows.oldestTask);
  single('anyon_oldest_queued_run_seconds', 'How long the run waits that waits longest to begin', rows.oldestRun);
  single('anyon_open_questions', 'Questions of runs that nobody has answered', rows.questions);
  single('anyon_waiting_follow_ups', 'Follow-ups that wait for their turn', rows.followUps);
  return registry;
}

type Counts = Record<'runs' | 'workspaces' | 'tasks' | 'connections', Record<string, number> | null> & Record<'oldestTask' | 'oldestRun' | 'questions' | 'followUps', number>;

async function readCounts(): Promise<Counts> {
  const [row] = await rawDatabase()<Counts[]>`
    select
      (select jsonb_object_agg(status, n) from (select status, count(*) n from runs group by status) s) as runs,
      (select jsonb_object_agg(status, n) from (select status, count(*) n from workspaces group by status) s) as workspaces,
      (select jsonb_object_agg(status, n) from (select status, count(*) n from tasks where status = any(${[...openTaskStatuses]}) group by status) s) as tasks,
      (select jsonb_object_agg(state, n) from (select state, count(*) n from pg_stat_activity where datname = current_database() and state is not null group by state) s) as connections,
      (select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from tasks where status = 'queued') as "oldestTask",
      (select coalesce(extract(epoch from now() - min(status_since)), 0)::float8 from runs where status = 'queued') as "oldestRun",
      (select count(*)::int from run_questions where status = 'open') as questions,
      (select count(*)::int from follow_ups where status = 'waiting') as "followUps"`;
  if (!row) throw new Error('A query without a condition has one row.');
  return row;
}

/** Only the words of the list, each with a number: a graph of what never happened is a line at zero. */
function withZeros(words: readonly string[], counts: Record<string, number> | null): Record<string, number> {
  return Object.fromEntries(words.map((word) => [word, counts?.[word] ?? 0]));
}

function flag(state: string): number {
  return state === 'ok' ? 1 : 0;
}
