/**
 * Sets variables of this test process and makes the product read its environment anew. A variable given as undefined is
 * removed. What was made from the old environment (the database pool) stays.
 */
export function changeEnvironment(values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const states = (globalThis as Record<symbol, unknown>)[Symbol.for('anyon.process-state')];
  if (states instanceof Map) states.delete('env');
}
