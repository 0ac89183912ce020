import { rawDatabase } from '@/server/database';
import { LEAD_LOCK } from '@/server/queue/lead';

/** A database that takes longer does not count as answering. */
const DEADLINE_MS = 1_000;

export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly database: 'ok' | 'unreachable';
  /** Whether a worker holds the lead at this moment; `unknown` while the database does not answer. */
  readonly worker: 'ok' | 'absent' | 'unknown';
}

/** How the parts are, within about a second whatever is broken. Says nothing that a stranger may not know. */
export async function health(): Promise<Health> {
  const worker = await workerState();
  if (worker === 'unknown') return { status: 'degraded', database: 'unreachable', worker };
  return { status: worker === 'ok' ? 'ok' : 'degraded', database: 'ok', worker };
}

async function workerState(): Promise<Health['worker']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'unknown'>((resolve) => {
    timer = setTimeout(() => resolve('unknown'), DEADLINE_MS);
  });
  try {
    return await Promise.race([askForLead(), late]);
  } catch {
    return 'unknown'; // a database that cannot be reached is what this function reports
  } finally {
    clearTimeout(timer);
  }
}

async function askForLead(): Promise<'ok' | 'absent'> {
  const held = await rawDatabase()`
    select 1 from pg_locks
    where locktype = 'advisory' and granted and classid = 0 and objid = ${LEAD_LOCK} and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())
    limit 1`;
  return held.length > 0 ? 'ok' : 'absent';
}
