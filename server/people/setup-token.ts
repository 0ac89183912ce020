import { createHash } from 'node:crypto';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import type { DatabaseOrTransaction } from '@/db/client';
import { setupTokens } from '@/db/schema';

/**
 * Uses up a one-time token that server/parent/setup-token.ts made. Null when it was good; else why not. One atomic update decides, so of two browsers that send the same
 * token at once only one gets in.
 */
export async function consumeSetupToken(database: DatabaseOrTransaction, token: string): Promise<SignInErrorCode | null> {
  const hash = createHash('sha256').update(token).digest('hex');
  const used = await database
    .update(setupTokens)
    .set({ usedAt: sql`now()` })
    .where(and(eq(setupTokens.hash, hash), isNull(setupTokens.usedAt), gt(setupTokens.expiresAt, sql`now()`)))
    .returning({ hash: setupTokens.hash });
  if (used.length === 1) return null;
  const [row] = await database.select({ usedAt: setupTokens.usedAt }).from(setupTokens).where(eq(setupTokens.hash, hash));
  if (!row) return 'setup-token-unknown';
  return row.usedAt ? 'setup-token-used' : 'setup-token-expired';
}
