import { setInterval as every } from 'node:timers/promises';
import { openSession, type Sql } from '@/db/client';
import { databaseUrl } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';

/** Any number, the same in every worker of one database. */
export const LEAD_LOCK = 7_203_512;

/** The holder shows that it is alive so often, and is taken for hung when it has not done so for so long. By the database's clock. */
const SIGN_EVERY_MS = 2_000;
const HUNG_AFTER_SECONDS = 12;
/** Begins the name of the holder's connection; its process id follows. */
const HOLDER = 'anyon-lead ';
/** Behind that, once the holder gives it up. */
export const ENDING = ' ending';

/** Proof that this worker is the only one at work, for as long as it holds. */
export interface Lead {
  /** Asks the database whether this very connection still has the lock. False, or an error, means: change nothing more. */
  isHeld(): Promise<boolean>;
  /** Says to whoever looks at the health of this install that its holder begins nothing more and will give it up. */
  announceEnd(): Promise<void>;
  /** Gives it up in order. */
  release(): Promise<void>;
}

/**
 * Waits until this worker holds the lead: a session advisory lock on a connection of its own. `onLost` is called once if
 * that connection ends, for then another worker may hold the lead already; the caller must stop at once.
 *
 * A worker that is killed loses the lock with its connection. One that hangs or is stopped keeps it; so who waits ends the
 * connection of a holder that gave no sign for 12 s, and that one finds its lead gone as soon as it does anything again.
 */
export async function takeLead(onLost: () => void): Promise<Lead> {
  let released = false;
  const sql = openSession(databaseUrl(), () => {
    if (!released) onLost();
  });
  const waiting = new AbortController();
  const watching = endHungHolders(waiting.signal);
  await sql`select pg_advisory_lock(${LEAD_LOCK})`;
  waiting.abort();
  await watching;

  const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid, set_config('application_name', ${HOLDER + process.pid}, false)`;
  const isHeld = async (): Promise<boolean> => {
    // postgres.js would connect again by itself: a new connection answers with another number and has no lock.
    const [now] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    return now?.pid === own?.pid;
  };
  const signs = setInterval(() => void isHeld().catch(() => {}), SIGN_EVERY_MS); // a lost connection is told by onLost
  signs.unref();
  return {
    isHeld,
    async announceEnd() {
      await sql`select set_config('application_name', ${`${HOLDER}${process.pid}${ENDING}`}, false)`;
    },
    async release() {
      released = true;
      clearInterval(signs);
      await sql.end();
    },
  };
}

/** Looks for a holder that hangs, every few seconds. `url` is asked for each time, for the database may move. */
export async function watchForHungHolder(url: () => string, onHung: (holder: HungHolder, sql: Sql) => Promise<void> | void, signal: AbortSignal): Promise<void> {
  let before: HungHolder | null = null;
  try {
    for await (const _ of every(SIGN_EVERY_MS, undefined, { signal })) {
      const sql = openSession(url());
      try {
        const now = await findHungHolder(sql);
        // Twice in a row: after the machine slept, the database may be awake a moment before the worker.
        if (now && now.connection === before?.connection) await onHung(now, sql);
        before = now;
      } catch (error) {
        log().debug({ reason: describeError(error) }, 'lead: its holder cannot be looked at');
      } finally {
        await sql.end({ timeout: 1 });
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export interface HungHolder {
  /** Of its connection, as Postgres numbers them. */
  connection: number;
  /** Of the worker; null when it did not say. */
  processId: number | null;
}

async function findHungHolder(sql: Sql): Promise<HungHolder | null> {
  const [holder] = await sql<{ pid: number; name: string }[]>`
    select session.pid, session.application_name as name from pg_locks held join pg_stat_activity session on session.pid = held.pid
    where held.locktype = 'advisory' and held.granted and held.classid = 0 and held.objid = ${LEAD_LOCK} and held.objsubid = 1
      and held.database = (select oid from pg_database where datname = current_database())
      and session.state_change < clock_timestamp() - make_interval(secs => ${HUNG_AFTER_SECONDS})`;
  if (!holder) return null;
  return { connection: holder.pid, processId: holder.name.startsWith(HOLDER) ? Number.parseInt(holder.name.slice(HOLDER.length), 10) : null };
}

/** Until the signal says that the lead is ours. */
function endHungHolders(signal: AbortSignal): Promise<void> {
  const end = async ({ connection }: HungHolder, sql: Sql): Promise<void> => {
    await sql`select pg_terminate_backend(${connection})`;
    log().warn(`lead: its holder gave no sign for ${HUNG_AFTER_SECONDS} s and has lost it`);
  };
  return watchForHungHolder(databaseUrl, end, signal);
}
