import type { DatabaseOrTransaction } from '@/db/client';

interface Preparable<Rows> {
  prepare(name: string): Statement<Rows>;
}

interface Statement<Rows> {
  execute(values?: Record<string, unknown>): Promise<Rows>;
}

/**
 * A statement that Drizzle puts into words once for each database instead of at each call, which takes it up to a millisecond of a
 * processor: for those that many requests ask. What differs from call to call stands in it as `sql.placeholder(name)` and is given to
 * `execute`. A statement may come in a few forms, told by what else `build` takes (JSON): each of them is kept, so it is nothing that people type. A transaction
 * is an object of its own each time, so in one the statement is built anew.
 */
export function builtOnce<Rows, Form extends unknown[]>(name: string, build: (database: DatabaseOrTransaction, ...form: Form) => Preparable<Rows>): (database: DatabaseOrTransaction, ...form: Form) => Statement<Rows> {
  const built = new WeakMap<DatabaseOrTransaction, Map<string, Statement<Rows>>>();
  return (database, ...form) => {
    const forms = built.get(database) ?? new Map<string, Statement<Rows>>();
    built.set(database, forms);
    const key = form.length === 0 ? '' : JSON.stringify(form);
    const statement = forms.get(key) ?? build(database, ...form).prepare(name);
    forms.set(key, statement);
    return statement;
  };
}
