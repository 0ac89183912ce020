import postgres from 'postgres';

/** True when Postgres refused a write because a value that must be unique is taken; Drizzle wraps the error of the driver. */
export function isUniqueViolation(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof postgres.PostgresError && inner.code === '23505') return true;
  }
  return false;
}
