import { sql } from 'drizzle-orm';
import type { Database } from '@/db/client';

/** What a run's row said about its log at each of its changes. */
export interface RunMoment {
  status: string;
  parsedUpTo: number;
  outBytes: number;
  /** Milliseconds since 1970, by the database's clock. */
  at: number;
}

/** Records every change of a run's row from now on, so that a step back cannot hide between two looks. */
export async function recordMovesOfRuns(database: Database): Promise<void> {
  await database.execute(sql`create table test_run_moments (n bigserial primary key, run_id uuid not null, status text not null, parsed_up_to bigint not null, out_bytes bigint not null, at timestamptz not null default clock_timestamp())`);
  await database.execute(sql`create function test_record_run() returns trigger language plpgsql as $$ begin
    insert into test_run_moments (run_id, status, parsed_up_to, out_bytes) values (new.id, new.status, new.parsed_up_to, new.out_bytes); return new; end $$`);
  await database.execute(sql`create trigger test_record_run after update on runs for each row execute function test_record_run()`);
}

/** In the order in which they happened. */
export async function movesOfRun(database: Database, runId: string): Promise<RunMoment[]> {
  const rows = await database.execute<{ status: string; parsed: string; written: string; at: string }>(
    sql`select status, parsed_up_to as parsed, out_bytes as written, extract(epoch from at) * 1000 as at from test_run_moments where run_id = ${runId} order by n`,
  );
  return rows.map((row) => ({ status: row.status, parsedUpTo: Number(row.parsed), outBytes: Number(row.written), at: Number(row.at) }));
}
