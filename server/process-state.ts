/**
 * Next.js evaluates a module several times in one process (instrumentation, route handlers, pages), so module state is
 * not process state. Whatever must exist once per process is made through this function and lives on `globalThis`.
 */
const states = Symbol.for('anyon.process-state');

type StateHolder = typeof globalThis & { [states]?: Map<string, unknown> };

/** Returns the value made by `make` on the first call for `name`; the same value for every later call in this process. */
export function processState<T>(name: string, make: () => T): T {
  const holder = globalThis as StateHolder;
  const map = (holder[states] ??= new Map());
  if (!map.has(name)) map.set(name, make());
  return map.get(name) as T;
}
