import { createHash, randomBytes } from 'node:crypto';
import { and, eq, isNotNull } from 'drizzle-orm';
import { openDatabase, openPool, type Database } from '@/db/client';
import { setupTokens, users } from '@/db/schema';
import { env } from '@/server/env';

const VALID_MS = 24 * 60 * 60 * 1000;

/** Makes a one-time sign-in token, valid for 24 hours. The database keeps only its SHA-256 (hex); the token itself is known to the caller alone. */
export function createSetupToken(databaseUrl: string): Promise<string> {
  return onDatabase(databaseUrl, async (database) => {
    const token = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(token).digest('hex');
    await database.insert(setupTokens).values({ hash, expiresAt: new Date(Date.now() + VALID_MS) });
    return token;
  });
}

/** True when a new token would open nothing: a `cloud` install has its first administrator already. */
export async function isSetUp(databaseUrl: string): Promise<boolean> {
  if (env().ANYON_DEPLOYMENT_MODE === 'local') return false;
  return onDatabase(databaseUrl, async (database) => (await database.select({ id: users.id }).from(users).where(and(eq(users.role, 'admin'), isNotNull(users.githubId))).limit(1)).length > 0);
}

async function onDatabase<T>(databaseUrl: string, work: (database: Database) => Promise<T>): Promise<T> {
  const sql = openPool(databaseUrl, { max: 1 });
  try {
    return await work(openDatabase(sql));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
