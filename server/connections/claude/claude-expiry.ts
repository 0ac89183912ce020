import { and, eq, lt, sql } from 'drizzle-orm';
import { claudeConnections } from '@/db/schema';
import { failConnection } from '@/server/connections/claude/claude-health';
import { database } from '@/server/database';

/** A connection is `expiring` for so long before its end. */
const EXPIRING_DAYS = 14;

const isExpiring = sql`${claudeConnections.expiresAt} < now() + make_interval(days => ${EXPIRING_DAYS})`;
/** What a connection that works is. */
export const statusByExpiry = sql<'connected' | 'expiring'>`case when ${isExpiring} then 'expiring' else 'connected' end`;

/** Carries the calendar into the connections: those that end soon are `expiring`, those that have ended have `failed`. Who is told of it, and when, is decided elsewhere. */
export async function noteClaudeExpiry(): Promise<void> {
  await database()
    .update(claudeConnections)
    .set({ status: 'expiring', statusSince: sql`now()` })
    .where(and(eq(claudeConnections.status, 'connected'), isExpiring));
  const ended = await database().select({ userId: claudeConnections.userId }).from(claudeConnections).where(and(eq(claudeConnections.status, 'expiring'), lt(claudeConnections.expiresAt, sql`now()`)));
  for (const { userId } of ended) await database().transaction((tx) => failConnection(tx, userId, 'The sign-in with your Claude subscription has expired.'));
}
