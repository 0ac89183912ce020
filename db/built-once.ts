import type { DatabaseOrTransaction } from '@/db/client';

interface Preparable<Rows> {
  prepare(name: string): Statement<Rows>;
}

interface Statement<Rows> {
  execute(values?: Record<string, unknown>): Promise<Rows>;
}

/**
 * A statement that Drizzle puts into words once for each database instead of at each call, which takes it up to a millisecond of a
 * processor: for those that every request asks. What differs from call to call stands in it as `sql.placeholder(name)` and is given to
 * `execute`. `key` names what else went into the words, where that can change while the process lives. A transaction is
 * an object of its own each time, so in one the statement is built anew.
 */
export function builtOnce<Rows>(name: string, build: (database: DatabaseOrTransaction) => Preparable<Rows>, key: () => string = () => ''): (database: DatabaseOrTransaction) => Statement<Rows> {
  const built = new WeakMap<DatabaseOrTransaction, { key: string; statement: Statement<Rows> }>();
  return (database) => {
    const now = key();
    const known = built.get(database);
    if (known?.key === now) return known.statement;
    const statement = build(database).prepare(name);
    built.set(database, { key: now, statement });
    return statement;
  };
}
