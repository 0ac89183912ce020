import { sql } from 'drizzle-orm';
import type { MaskedText } from '@/contract/masked-text';
import type { Database } from '@/db/client';
import type { Destination } from '@/server/outbound/destination';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';

interface Refused extends Destination {
  workspaceId: string;
  host: MaskedText;
  reason: MaskedText;
  count: number;
}

const FLUSH_MS = 1_000;
/** A workspace that tries names without end fills neither memory nor the table: beyond this only what is counted already goes on. */
const MOST_WAITING = 1_000;
const MOST_ROWS_PER_WORKSPACE = 200;

/** Counts what was refused and writes it down once a second, so that a page can show it and say what would allow it. */
export class RefusalCounter {
  readonly #database: Database;
  readonly #waiting = new Map<string, Refused>();
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  add(workspaceId: string, destination: Destination, why: string, count = 1): void {
    const { port } = destination;
    // Chosen by what runs in the container, and shown.
    const [host, reason] = [maskTokens(destination.host), maskTokens(why)];
    const key = `${workspaceId} ${host} ${port}`;
    const known = this.#waiting.get(key);
    if (known) Object.assign(known, { reason, count: known.count + count });
    else if (this.#waiting.size < MOST_WAITING) this.#waiting.set(key, { workspaceId, host, port, reason, count });
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Writes down what waits. What cannot be written waits on. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const batch = [...this.#waiting.values()];
    if (batch.length === 0) return;
    this.#waiting.clear();
    try {
      await this.#store(batch);
    } catch (error) {
      log().warn({ reason: describeError(error) }, 'egress: refusals cannot be written down, trying again');
      for (const { workspaceId, reason, count, ...destination } of batch) this.add(workspaceId, destination, reason, count);
    }
  }

  async #store(batch: readonly Refused[]): Promise<void> {
    const rows = JSON.stringify(batch);
    await this.#database.transaction(async (transaction) => {
      // A workspace may be gone by now.
      await transaction.execute(sql`
        insert into egress_refusals (workspace_id, host, port, reason, count)
        select refused."workspaceId", refused.host, refused.port, refused.reason, refused.count
        from jsonb_to_recordset(${rows}::jsonb) as refused("workspaceId" uuid, host text, port integer, reason text, count integer)
        where exists (select 1 from workspaces where id = refused."workspaceId")
        on conflict (workspace_id, host, port) do update
        set count = egress_refusals.count + excluded.count, reason = excluded.reason, last_at = now()`);
      await transaction.execute(sql`
        delete from egress_refusals where (workspace_id, host, port) in (
          select workspace_id, host, port from (
            select workspace_id, host, port, row_number() over (partition by workspace_id order by last_at desc, count desc) as place
            from egress_refusals where workspace_id in (select ("workspaceId")::uuid from jsonb_to_recordset(${rows}::jsonb) as refused("workspaceId" text))
          ) as ranked where place > ${MOST_ROWS_PER_WORKSPACE})`);
    });
  }
}
