import postgres from 'postgres';
import type { Sql } from '@/db/client';
import type { JournalEntry } from '@/tests/faults/history/history';

/** Of which tables changes are recorded: how to name a row, whose workspace it is, and which columns matter. */
const recorded: readonly { table: JournalEntry['table']; key: string; workspace: string; columns: readonly string[] }[] = [
  { table: 'workspaces', key: `row->>'id'`, workspace: `row->>'id'`, columns: ['status', 'fence', 'desired', 'owner_id', 'name'] },
  { table: 'tasks', key: `row->>'id'`, workspace: `row->>'workspace_id'`, columns: ['status', 'fence', 'kind', 'cause', 'requested_by_id', 'batch_id', 'max_attempts', 'status_reason'] },
  { table: 'task_attempts', key: `(row->>'task_id') || ':' || (row->>'number')`, workspace: 'null', columns: ['outcome', 'task_id', 'number', 'worker', 'message'] },
  { table: 'runs', key: `row->>'id'`, workspace: `row->>'workspace_id'`, columns: ['status', 'fence', 'attempt', 'started_by_id', 'resumes_run_id', 'prompt', 'status_reason'] },
  { table: 'follow_ups', key: `row->>'id'`, workspace: 'null', columns: ['status', 'run_id', 'started_run_id', 'created_by_id', 'held_because'] },
  { table: 'batches', key: `row->>'id'`, workspace: 'null', columns: ['status', 'action', 'requested_by_id'] },
  { table: 'batch_items', key: `(row->>'batch_id') || ':' || (row->>'position')`, workspace: `row->>'workspace_id'`, columns: ['status', 'batch_id', 'task_id', 'reason'] },
];

/** A journal that the database writes itself, in the transactions that change something: what is not committed is not in it. */
export interface Journal {
  /** How far it has come for this row; 0 when there is nothing about it. */
  ofRow(id: string): Promise<number>;
  /** The same for a workspace with all that belongs to it. */
  ofWorkspace(id: string): Promise<number>;
  all(): Promise<number>;
  entries(): Promise<JournalEntry[]>;
  /** Ends every connection to this database but its own: the worker's, and those by which the clients are answered. */
  cutConnections(): Promise<number>;
  close(): Promise<void>;
}

/** Begins it, on a connection that no fault ends. */
export async function openJournal(url: string): Promise<Journal> {
  const sql = postgres(url, { max: 4, onnotice: () => {}, connection: { application_name: 'history' } });
  await sql.unsafe('create table if not exists test_history (seq bigserial primary key, tx text not null, source text not null, id text not null, workspace_id text, change text not null, kept jsonb not null)');
  await sql.unsafe('create index if not exists test_history_id on test_history (id, seq); create index if not exists test_history_workspace on test_history (workspace_id, seq)');
  for (const { table, key, workspace, columns } of recorded) await record(sql, { table, key, workspace, columns });
  const highest = async (rows: Promise<readonly { seq: string | null }[]>) => Number((await rows)[0]?.seq ?? 0);
  return {
    ofRow: (id) => highest(sql<{ seq: string | null }[]>`select max(seq) as seq from test_history where id = ${id}`),
    ofWorkspace: (id) => highest(sql<{ seq: string | null }[]>`select max(seq) as seq from test_history where workspace_id = ${id}`),
    all: () => highest(sql<{ seq: string | null }[]>`select max(seq) as seq from test_history`),
    entries: async () => (await sql<StoredEntry[]>`select * from test_history order by seq`).map(asEntry),
    async cutConnections() {
      const ended = await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> 'history'`;
      return ended.length;
    },
    close: () => sql.end({ timeout: 1 }),
  };
}

/** A trigger on one table; what stays the same in the columns that matter is no change. */
async function record(sql: Sql, { table, key, workspace, columns }: (typeof recorded)[number]): Promise<void> {
  const list = columns.map((column) => `'${column}'`).join(', ');
  await sql.unsafe(`create or replace function test_history_${table}() returns trigger language plpgsql as $$
    declare row jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
      kept jsonb; before jsonb;
    begin
      select jsonb_object_agg(each.key, each.value) into kept from jsonb_each(row) each where each.key in (${list});
      if tg_op = 'UPDATE' then
        select jsonb_object_agg(each.key, each.value) into before from jsonb_each(to_jsonb(old)) each where each.key in (${list});
        if before = kept then return null; end if;
      end if;
      insert into test_history (tx, source, id, workspace_id, change, kept)
        values (pg_current_xact_id()::text, '${table}', ${key}, ${workspace}, case tg_op when 'INSERT' then 'made' when 'DELETE' then 'gone' else 'changed' end, kept);
      return null;
    end $$`);
  await sql.unsafe(`create or replace trigger test_history after insert or update or delete on ${table} for each row execute function test_history_${table}()`);
}

interface StoredEntry {
  seq: string;
  tx: string;
  source: JournalEntry['table'];
  id: string;
  workspace_id: string | null;
  change: JournalEntry['change'];
  kept: Record<string, string | number | null>;
}

function asEntry({ seq, tx, source, id, workspace_id: workspaceId, change, kept }: StoredEntry): JournalEntry {
  const { status, outcome, fence = null, ...more } = kept;
  return { type: 'row', seq: Number(seq), tx, table: source, id, workspaceId, change, status: String(status ?? outcome), fence: fence === null ? null : Number(fence), more };
}
