import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import * as schema from '@/db/schema';
import { processState } from '@/server/process-state';

/** What one page asked of the database. */
export interface PageCost {
  ms: number;
  statements: number;
  /** Pages of 8 KB that its statements touched, and rows that their plans went through. */
  blocks: number;
  rows: number;
  /** Tables with more than a thousand rows that were read from end to end. */
  scans: string[];
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

const ROUNDS = 7;
const LARGE = 1_000;

/** The database of this process, which notes what it is asked: each page can be timed, and its statements explained as they ran. */
export class ObservedDatabase {
  readonly sql: Sql;
  #asked: { query: string; parameters: unknown[] }[] = [];

  constructor(url: string) {
    this.sql = postgres(url, { max: 10, onnotice: () => {}, debug: (_, query, parameters) => void this.#asked.push({ query, parameters }) });
    const database = drizzle(this.sql, { schema });
    if (processState('database', () => ({ sql: this.sql, database })).sql !== this.sql) throw new Error('The database was opened before it could be observed.');
  }

  /** Median time of some rounds, the first not counted, and what one round's statements went through. */
  async costOf(page: () => Promise<unknown>): Promise<PageCost> {
    await page();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      this.#asked = [];
      const began = performance.now();
      await page();
      times.push(performance.now() - began);
    }
    const asked = this.#asked.filter(({ query }) => /^\s*(select|with)/i.test(query) && !query.includes('pg_catalog'));
    const cost: PageCost = { ms: times.toSorted((a, b) => a - b)[ROUNDS >> 1]!, statements: asked.length, blocks: 0, rows: 0, scans: [] };
    for (const statement of asked) await this.#explain(statement, cost);
    cost.scans = [...new Set(cost.scans)];
    return cost;
  }

  async #explain({ query, parameters }: { query: string; parameters: unknown[] }, cost: PageCost): Promise<void> {
    const [row] = await this.sql.unsafe(`explain (analyze, buffers, format json) ${query}`, parameters as never[]);
    const [{ Plan: plan }] = row!['QUERY PLAN'] as [{ Plan: PlanNode }];
    cost.blocks += (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
    for (const node of nodesOf(plan)) {
      const went = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
      if (!node['Relation Name']) continue;
      cost.rows += went;
      if (node['Node Type'] === 'Seq Scan' && went > LARGE) cost.scans.push(node['Relation Name']);
    }
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
