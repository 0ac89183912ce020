import { rawDatabase } from '@/server/database';
import { ENDING, LEAD_LOCK } from '@/server/queue/lead';
import { shutdownController } from '@/server/shutdown';

/** A database that takes longer does not count as answering. */
const DEADLINE_MS = 1_000;

export interface Health {
  /** `draining`: this install, or this process of it, makes room for the next one. Nothing is lost by that, and nothing new begins for a moment. */
  readonly status: 'ok' | 'degraded' | 'draining';
  readonly database: 'ok' | 'unreachable';
  /** Whether a worker holds the lead at this moment, or is about to give it up; `unknown` while the database does not answer. */
  readonly worker: 'ok' | 'draining' | 'absent' | 'unknown';
  /** Whether the container engine answers the worker; `unknown` while no worker asks. */
  readonly engine: 'ok' | 'unreachable' | 'unknown';
  /** Why it is degraded, a sentence for each part; empty when all is well. */
  readonly reasons: readonly string[];
}

type Parts = Pick<Health, 'worker' | 'engine'>;

const DRAINING = 'Anyon makes room for its next start: runs go on, and what is asked for now begins in a moment.';

/** How the parts are, within about a second whatever is broken. Says nothing that a stranger may not know. */
export async function health(): Promise<Health> {
  const parts = await askInTime();
  if (!parts) return { status: 'degraded', database: 'unreachable', worker: 'unknown', engine: 'unknown', reasons: ['The database does not answer.'] };
  const isDraining = parts.worker === 'draining' || shutdownController().signal.aborted;
  const faults = [...(parts.worker === 'absent' ? ['No worker is at work: nothing new begins.'] : []), ...(parts.engine === 'unreachable' ? ['The container engine does not answer.'] : [])];
  const reasons = isDraining ? [DRAINING, ...faults] : faults;
  return { status: isDraining ? 'draining' : faults.length === 0 ? 'ok' : 'degraded', database: 'ok', ...parts, reasons };
}

/** Whether people can be served: they can without a worker or an engine, whose absence the pages say, and not without the database or by a process that ends. */
export function isReady({ database }: Health): boolean {
  return database === 'ok' && !shutdownController().signal.aborted;
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
  const [found] = await rawDatabase()<{ holder: string | null; reachable: boolean | null }[]>`
    select
      (
        select coalesce(session.application_name, '') from pg_locks held left join pg_stat_activity session on session.pid = held.pid
        where held.locktype = 'advisory' and held.granted and held.classid = 0 and held.objid = ${LEAD_LOCK} and held.objsubid = 1
          and held.database = (select oid from pg_database where datname = current_database())
      ) as holder,
      (select reachable from engine_state where id = 1) as reachable`;
  if (found?.holder == null) return { worker: 'absent', engine: 'unknown' };
  return { worker: found.holder.endsWith(ENDING) ? 'draining' : 'ok', engine: found.reachable === null ? 'unknown' : found.reachable ? 'ok' : 'unreachable' };
}
