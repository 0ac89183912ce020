import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from '@/db/schema';

export type Sql = postgres.Sql;
export type Database = PostgresJsDatabase<typeof schema>;
/** A database or a transaction on it: what a function takes that may run inside its caller's transaction. */
export type DatabaseOrTransaction = Database | Parameters<Parameters<Database['transaction']>[0]>[0];

/** Pause before the next try to connect, in seconds. The library's own grows to 20, for which every request would hang. */
const backoff = (retries: number) => Math.min(3 ** retries / 100, 1);

/**
 * After so many seconds without a word the kernel asks whether the server is still there, ten times, a second apart: a connection that was dropped without a word costs
 * what waits on it 20 s (the library asks after a minute). What is sent after the drop it does not help: that the kernel sends again for about a quarter of an hour.
 */
const KEEP_ALIVE_SECONDS = 10;

/** Opens a pool. Lazy: nothing is connected before the first query; lost connections come back by themselves. */
export function openPool(url: string, options: { max: number }): Sql {
  return postgres(url, { max: options.max, onnotice: () => {}, connect_timeout: 10, keep_alive: KEEP_ALIVE_SECONDS, backoff });
}

/**
 * One connection for what belongs to a session (LISTEN, advisory locks). It must never be recycled, or the lock is gone
 * without anybody noticing; hence no idle time-out and no maximum life.
 */
export function openSession(url: string, onClose?: () => void): Sql {
  return postgres(url, { max: 1, idle_timeout: 0, max_lifetime: null, onnotice: () => {}, connect_timeout: 10, keep_alive: KEEP_ALIVE_SECONDS, ...(onClose && { onclose: onClose }) });
}

export function openDatabase(sql: Sql): Database {
  return drizzle(preparing(sql), { schema });
}

/**
 * The same connections, with every statement that has parameters prepared: the server reads and plans it once a connection, and it goes there and back in
 * one way instead of two. Drizzle asks for that only where each statement is named by hand. A connection is let go after an hour at most, and its statements with it.
 */
function preparing<T extends Sql | postgres.TransactionSql>(sql: T): T {
  const within = (work: unknown) => (typeof work === 'function' ? (inner: postgres.TransactionSql): unknown => work(preparing(inner)) : work);
  return new Proxy(sql, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (name === 'unsafe') return (text: string, parameters: postgres.ParameterOrJSON<never>[] = [], options: postgres.UnsafeQueryOptions = {}) => target.unsafe(text, parameters, { ...options, prepare: true });
      if (typeof found === 'function' && (name === 'begin' || name === 'savepoint')) return (...given: unknown[]): unknown => Reflect.apply(found, target, given.map(within));
      return found;
    },
  });
}
