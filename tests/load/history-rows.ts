import type { Sql } from 'postgres';
import { uuidv7 } from 'uuidv7';

export interface History {
  people: { id: string; role: 'admin' | 'member' }[];
  workspaceIds: string[];
}

const PEOPLE = 10;
const WORKSPACES = 200;
const FILES = JSON.stringify(Array.from({ length: 8 }, (_, index) => ({ path: `src/components/part-${index}.tsx`, status: 'modified', additions: 12, deletions: 3, binary: false })));

/** People and workspaces of a busy VM: ten people, one of them an admin, and two hundred workspaces. */
export async function writePeopleAndWorkspaces(sql: Sql): Promise<History> {
  const people = Array.from({ length: PEOPLE }, (_, index) => ({ id: uuidv7(), login: `person-${index}`, role: index === 0 ? ('admin' as const) : ('member' as const) }));
  const workspaces = Array.from({ length: WORKSPACES }, (_, index) => ({
    id: uuidv7(),
    owner_id: people[index % PEOPLE]!.id,
    name: `workspace ${index}`,
    repository_url: 'https://git.example/team/product.git',
    image: 'anyon-claude:latest',
    memory_bytes: 2 ** 31,
    cpus: 1,
    pids: 512,
    status: 'running',
    steps: '[]', // Drizzle has taken JSON off this client
  }));
  await sql`insert into users ${sql(people)}`;
  for (const workspace of workspaces) await sql`insert into workspaces ${sql(workspace as never)}`;
  return { people, workspaceIds: workspaces.map(({ id }) => id) };
}

/**
 * Writes `count` runs in the place of those before, spread over the workspaces one each half minute up to now: one in twelve ended badly, one in three goes on with a conversation,
 * fifty of the last are on. A prompt and an answer have a few hundred characters each.
 */
export async function writeRuns(sql: Sql, history: History, count: number): Promise<void> {
  await sql`truncate runs cascade`;
  await sql`
    insert into runs (id, workspace_id, started_by_id, number, prompt, simulated, branch, claude_session_id, status, created_at, started_at, first_output_at, finished_at,
      out_bytes, parsed_up_to, input_tokens, output_tokens, cost_usd, turns, result_text, last_said, changed_files, tree_before, tree_after, change_seq)
    select gen_random_uuid(), w.id, w.owner_id, n / ${WORKSPACES} + 1, 'Repair run ' || n || ': ' || repeat('what the tests say of it and why, ', 10), true, 'anyon/run-' || n,
      overlay(overlay(md5(n % ${WORKSPACES} || 'of' || n / ${WORKSPACES} / 3) placing '4' from 13) placing '8' from 17)::uuid,
      case when n >= ${count - 50} then 'running' when n % 12 = 0 then 'failed' else 'succeeded' end,
      t.began, t.began, t.began, case when n >= ${count - 50} then null else t.began + interval '8 minutes' end,
      400000, 400000, 30000, 4000, 0.4, 12, repeat('It works now, and this is what was changed. ', 8), 'It works now.', ${FILES}::text::jsonb, md5(n::text), md5(n::text), n
    from generate_series(0, ${count - 1}::int) n
    join unnest(${history.workspaceIds}::uuid[]) with ordinality as ids(id, at) on ids.at = n % ${WORKSPACES} + 1
    join workspaces w on w.id = ids.id
    cross join lateral (select now() - (${count} - n) * interval '30 seconds' as began) t`;
  await sql`insert into audit_events (id, at, action, actor_id, actor_login) select gen_random_uuid(), created_at, 'run.started', started_by_id, 'person' from runs order by created_at limit ${count} - (select count(*) from audit_events)`;
  for (const table of ['runs', 'audit_events', 'workspaces', 'users']) await sql.unsafe(`vacuum (analyze) ${table}`);
}

/** The events of one run of two hours: 20,000 lines of some hundred bytes. */
export async function writeEvents(sql: Sql, runId: string, count: number): Promise<void> {
  await sql`
    insert into run_events (run_id, stream, "offset", kind, payload, truncated, bytes)
    select ${runId}, 'out', n * 400, 'assistant', '{"type":"assistant","message":{"id":"msg_' || n || '","content":[{"type":"text","text":"' || repeat('words ', 50) || '"}]}}', false, 400
    from generate_series(0, ${count - 1}::int) n on conflict do nothing`;
  await sql.unsafe('vacuum (analyze) run_events');
}
