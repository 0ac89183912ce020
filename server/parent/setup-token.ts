import { createHash, randomBytes } from 'node:crypto';
import { openDatabase, openPool } from '@/db/client';
import { setupTokens } from '@/db/schema';

const VALID_MS = 24 * 60 * 60 * 1000;

/** Makes a one-time sign-in token, valid for 24 hours. The database keeps only its SHA-256 (hex); the token itself is known to the caller alone. */
export async function createSetupToken(databaseUrl: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const sql = openPool(databaseUrl, { max: 1 });
  try {
    const hash = createHash('sha256').update(token).digest('hex');
    await openDatabase(sql).insert(setupTokens).values({ hash, expiresAt: new Date(Date.now() + VALID_MS) });
  } finally {
    await sql.end({ timeout: 1 });
  }
  return token;
}
