import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { CLAUDE_LOGIN_MINUTES, claudeLoginSchema, type ClaudeLogin } from '@/contract/claude-login';
import { claudeLogins } from '@/db/schema';
import { isUniqueViolation } from '@/db/unique-violation';
import { CODE_PURPOSE } from '@/server/connections/claude/login/login-rows';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { sealText } from '@/server/secrets/vault';

/** How long it is still told how the last one ended. */
const TOLD_MINUTES = 30;

/** The actor's sign-in that is under way, or the last one if it ended a short while ago. */
export async function claudeLogin(actor: Actor): Promise<ClaudeLogin | null> {
  const recent = or(isNull(claudeLogins.finishedAt), gt(claudeLogins.finishedAt, sql`now() - make_interval(mins => ${TOLD_MINUTES})`));
  const [row] = await database().select().from(claudeLogins).where(and(eq(claudeLogins.userId, actor.userId), recent)).orderBy(desc(claudeLogins.createdAt)).limit(1);
  return row ? claudeLoginSchema.parse(row) : null;
}

/** Begins a sign-in with a subscription; the worker carries it out. Throws `conflict` while one is under way. */
export async function startClaudeLogin(actor: Actor): Promise<ClaudeLogin> {
  try {
    const [row] = await database()
      .insert(claudeLogins)
      .values({ id: uuidv7(), userId: actor.userId, status: 'starting', expiresAt: sql`now() + make_interval(mins => ${CLAUDE_LOGIN_MINUTES})` })
      .returning();
    return claudeLoginSchema.parse(row);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AnyonError('conflict', 'A sign-in is under way already. Go on with it, or cancel it and start again.', { cause: error });
  }
}

/** Hands the pasted code over to the worker, sealed. Throws `conflict` when the sign-in does not wait for one. */
export async function enterClaudeCode(actor: Actor, { loginId, code }: { loginId: string; code: string }): Promise<ClaudeLogin> {
  const [row] = await database()
    .update(claudeLogins)
    .set({ status: 'checking', statusReason: null, statusSince: sql`now()`, sealedCode: sealText(code, CODE_PURPOSE, loginId) })
    .where(and(eq(claudeLogins.id, loginId), eq(claudeLogins.userId, actor.userId), eq(claudeLogins.status, 'waiting_for_code'), gt(claudeLogins.expiresAt, sql`now()`)))
    .returning();
  if (row) return claudeLoginSchema.parse(row);
  await requireOwn(actor, loginId);
  throw new AnyonError('conflict', 'This sign-in does not wait for a code any more. Look at how it stands, or start again.');
}

/** Ends the sign-in. One that is over already is fine. */
export async function cancelClaudeLogin(actor: Actor, { loginId }: { loginId: string }): Promise<void> {
  await requireOwn(actor, loginId);
  await database()
    .update(claudeLogins)
    .set({ status: 'cancelled', statusReason: null, statusSince: sql`now()`, finishedAt: sql`now()`, url: null, sealedCode: null })
    .where(and(eq(claudeLogins.id, loginId), isNull(claudeLogins.finishedAt)));
}

async function requireOwn(actor: Actor, loginId: string): Promise<void> {
  const [row] = await database().select({ id: claudeLogins.id }).from(claudeLogins).where(and(eq(claudeLogins.id, loginId), eq(claudeLogins.userId, actor.userId)));
  if (!row) throw new AnyonError('not_found', 'There is no such sign-in.');
}
