import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { migrateDatabase } from '@/db/migrate';
import type { Actor } from '@/contract/actor';
import { writeRuns, writeEvents, writePeopleAndWorkspaces, type History } from '@/tests/load/history-rows';
import { figure, printTable } from '@/tests/load/load-report';
import { ObservedDatabase, type PageCost } from '@/tests/load/observed-database';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { freePort } from '@/tests/setup/free-ports';

const EVENTS = 20_000;

type Costs = Record<string, PageCost>;

/** What the pages cost with a history of so many runs, on a Postgres of its own in `directory`: times, and what their statements went through. */
export async function measureHistory(directory: string, steps: readonly number[], say: (line: string) => void): Promise<object> {
  const cluster = path.join(directory, 'postgres');
  await mkdir(cluster);
  await chmod(directory, 0o755);
  await chmod(cluster, 0o755);
  const { url } = await startEmbeddedPostgres({ directory: cluster, port: await freePort() });
  try {
    await migrateDatabase(url, path.resolve('db/migrations'));
    setEnvironment(directory, url);
    const observed = new ObservedDatabase(url);
    const history = await writePeopleAndWorkspaces(observed.sql);
    const results: { runs: number; costs: Costs; sizes: Record<string, number> }[] = [];
    for (const runs of steps) {
      await writeRuns(observed.sql, history, runs);
      const [newest] = await observed.sql<{ id: string }[]>`select id from runs where status = 'succeeded' order by created_at desc limit 1`;
      await writeEvents(observed.sql, newest!.id, EVENTS);
      const costs = await costsOf(observed, history, newest!.id);
      results.push({ runs, costs, sizes: await sizesOf(observed) });
      say(`history: ${runs} runs measured`);
    }
    await observed.sql.end({ timeout: 5 });
    report(results);
    return { steps: results };
  } finally {
    await stopEmbeddedPostgres(cluster);
  }
}

/** Imported only here: what they import opens the database of this process. */
async function costsOf(observed: ObservedDatabase, history: History, runId: string): Promise<Costs> {
  const [{ listWorkspaces }, { readBoard }, { getRun, listRuns }, { runsToSearch }, { readConversation }] = await Promise.all([
    import('@/server/workspaces/workspace-queries'),
    import('@/server/runs/board'),
    import('@/server/runs/run-queries'),
    import('@/server/runs/log-search/search-all'),
    import('@/server/runs/conversation/read-conversation'),
  ]);
  const [{ requireRunAccess }, { requireWorkspaceAccess }, { listAudit }, { storedMeters }] = await Promise.all([
    import('@/server/runs/access'),
    import('@/server/workspaces/access'),
    import('@/server/audit/list-audit'),
    import('@/server/system/metrics/stored-meters'),
  ]);
  const actorOf = ({ id, role }: History['people'][number]): Actor => ({ userId: id, sessionId: id, login: role, role });
  const [admin, member] = [actorOf(history.people[0]!), actorOf(history.people[1]!)];
  const access = await requireRunAccess(admin, runId);
  const workspace = await requireWorkspaceAccess(admin, access.workspace.id);
  const board = { doneLimit: 50, archived: false } as const;
  const pages: Record<string, () => Promise<unknown>> = {
    'workspaces, of a member': () => listWorkspaces(member),
    'workspaces, all': () => listWorkspaces(admin),
    'board, of a member': () => readBoard(member, { ...board, of: 'mine' }),
    'board, all': () => readBoard(admin, { ...board, of: 'all' }),
    'runs of a workspace': () => listRuns(workspace, { limit: 51 }),
    'one run': () => getRun(access),
    'its conversation': () => readConversation(access, { runId, limit: 300 }),
    'search: which runs, of a member': () => runsToSearch(member, null),
    'search: which runs, all': () => runsToSearch(admin, null),
    'audit log': () => listAudit(admin, { limit: 50 }),
    'Prometheus': () => storedMeters(),
  };
  const costs: Costs = {};
  for (const [name, page] of Object.entries(pages)) costs[name] = await observed.costOf(page);
  return costs;
}

async function sizesOf({ sql }: ObservedDatabase): Promise<Record<string, number>> {
  const rows = await sql<{ name: string; table: string; indexes: string }[]>`select relname as name, pg_table_size(oid) as table, pg_indexes_size(oid) as indexes from pg_class where relname in ('runs', 'run_events', 'audit_events')`;
  return Object.fromEntries(rows.flatMap((row) => [[`${row.name}, MB`, Number(row.table) / 2 ** 20], [`indexes of ${row.name}, MB`, Number(row.indexes) / 2 ** 20]]));
}

function setEnvironment(directory: string, url: string): void {
  Object.assign(process.env, { NODE_ENV: 'production', ANYON_DATA_DIR: directory, ANYON_LOG_LEVEL: 'silent', DATABASE_URL: url });
}

function report(results: readonly { runs: number; costs: Costs; sizes: Record<string, number> }[]): void {
  const head = ['', ...results.map(({ runs }) => `${runs} runs`)];
  const names = Object.keys(results[0]?.costs ?? {});
  const table = (title: string, cell: (cost: PageCost) => string) => printTable(title, head, names.map((name) => [name, ...results.map(({ costs }) => cell(costs[name]!))]));
  table('History: time of a page’s statements, ms', ({ ms }) => figure(ms, 1));
  table('History: pages of 8 KB that they touch', ({ blocks }) => String(blocks));
  table('History: rows that their plans go through', ({ rows }) => figure(rows));
  table('History: large tables read from end to end', ({ scans }) => scans.join(', ') || 'none');
  printTable('History: size', head, Object.keys(results[0]?.sizes ?? {}).map((name) => [name, ...results.map(({ sizes }) => figure(sizes[name] ?? 0, 1))]));
}
