import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { isFinalLogin, type ClaudeLoginStatus } from '@/contract/claude-login';
import type { DatabaseOrTransaction } from '@/db/client';
import { claudeLogins, users } from '@/db/schema';
import { database } from '@/server/database';
import { maskTokens } from '@/server/secrets/masked-text';

/** Seals a pasted code for its login. */
export const CODE_PURPOSE = 'claude-login-code';

/** A sign-in that this worker carries out; the fence shows that no other does. */
export interface HeldLogin {
  id: string;
  person: { userId: string; login: string };
  fence: number;
  expiresAt: Date;
}

export type LoginRow = typeof claudeLogins.$inferSelect;

/** All that are under way. */
export function liveLogins(): Promise<LoginRow[]> {
  return database().select().from(claudeLogins).where(isNull(claudeLogins.finishedAt));
}

/** Takes a sign-in that nobody has begun yet; null when somebody has, or it is over. */
export async function holdLogin(id: string): Promise<HeldLogin | null> {
  const [row] = await database()
    .update(claudeLogins)
    .set({ fence: 1 })
    .where(and(eq(claudeLogins.id, id), eq(claudeLogins.fence, 0), eq(claudeLogins.status, 'starting')))
    .returning();
  if (!row) return null;
  const [person] = await database().select({ userId: users.id, login: users.login }).from(users).where(eq(users.id, row.userId));
  return person ? { id, person, fence: row.fence, expiresAt: row.expiresAt } : null;
}

interface Move {
  from: readonly ClaudeLoginStatus[];
  to: ClaudeLoginStatus;
  reason?: string | null;
  url?: string;
}

/** Moves it on if it still stands as expected and is still in the same hands; says whether it did. A code is gone once it has been looked at, an address once it is over. */
export async function moveLogin(db: DatabaseOrTransaction, { id, fence }: Pick<HeldLogin, 'id' | 'fence'>, { from, to, reason = null, url }: Move): Promise<boolean> {
  const over = isFinalLogin(to);
  const moved = await db
    .update(claudeLogins)
    .set({ status: to, statusReason: maskTokens(reason), statusSince: sql`now()`, sealedCode: null, ...(over && { finishedAt: sql`now()`, url: null }), ...(url !== undefined && { url }) })
    .where(and(eq(claudeLogins.id, id), eq(claudeLogins.fence, fence), inArray(claudeLogins.status, [...from])))
    .returning({ id: claudeLogins.id });
  return moved.length > 0;
}

/** How it stands now; null when it is gone or in other hands. */
export async function readLogin({ id, fence }: HeldLogin): Promise<LoginRow | null> {
  const [row] = await database().select().from(claudeLogins).where(and(eq(claudeLogins.id, id), eq(claudeLogins.fence, fence)));
  return row ?? null;
}

/** Takes the sealed code out of the row. */
export async function takeSealedCode({ id, fence }: HeldLogin): Promise<string | null> {
  const [row] = await database()
    .select({ sealedCode: claudeLogins.sealedCode })
    .from(claudeLogins)
    .where(and(eq(claudeLogins.id, id), eq(claudeLogins.fence, fence), eq(claudeLogins.status, 'checking')));
  if (!row?.sealedCode) return null;
  await database().update(claudeLogins).set({ sealedCode: null }).where(and(eq(claudeLogins.id, id), eq(claudeLogins.fence, fence)));
  return row.sealedCode;
}
