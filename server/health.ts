import { rawDatabase } from '@/server/database';
import { LEAD_LOCK } from '@/server/queue/lead';

/** A database that takes longer does not count as answering. */
const DEADLINE_MS = 1_000;

export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly database: 'ok' | 'unreachable';
  /** Whether a worker holds the lead at this moment; `unknown` while the database does not answer. */
  readonly worker: 'ok' | 'absent' | 'unknown';
  /** Whether the container engine answers the worker; `unknown` while no worker asks. */
  readonly engine: 'ok' | 'unreachable' | 'unknown';
  /** Why it is degraded, a sentence for each part; empty when all is well. */
  readonly reasons: readonly string[];
}

type Parts = Pick<Health, 'worker' | 'engine'>;

/** How the parts are, within about a second whatever is broken. Says nothing that a stranger may not know. */
export async function health(): Promise<Health> {
  const parts = await askInTime();
  if (!parts) return { status: 'degraded', database: 'unreachable', worker: 'unknown', engine: 'unknown', reasons: ['The database does not answer.'] };
  const reasons = [...(parts.worker === 'ok' ? [] : ['No worker is at work: nothing new begins.']), ...(parts.engine === 'unreachable' ? ['The container engine does not answer.'] : [])];
  return { status: reasons.length === 0 ? 'ok' : 'degraded', database: 'ok', ...parts, reasons };
}

/** Whether people can be served: they can without a worker or an engine, whose absence the pages say, and not without the database. */
export function isReady({ database }: Health): boolean {
  return database === 'ok';
}

async function askInTime(): Promise<Parts | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), DEADLINE_MS);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return null; // a database that cannot be reached is what this function reports
  } finally {
    clearTimeout(timer);
  }
}

async function ask(): Promise<Parts> {
  const [found] = await rawDatabase()<{ held: boolean; reachable: boolean | null }[]>`
    select
      exists (
        select from pg_locks
        where locktype = 'advisory' and granted and classid = 0 and objid = ${LEAD_LOCK} and objsubid = 1
          and database = (select oid from pg_database where datname = current_database())
      ) as held,
      (select reachable from engine_state where id = 1) as reachable`;
  if (!found?.held) return { worker: 'absent', engine: 'unknown' };
  return { worker: 'ok', engine: found.reachable === null ? 'unknown' : found.reachable ? 'ok' : 'unreachable' };
}
