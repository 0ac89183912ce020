import { and, eq, isNotNull, lt, notExists, or, sql } from 'drizzle-orm';
import { claudeLogins, secretUses, sessions, setupTokens, terminals, workspaces } from '@/db/schema';
import { database } from '@/server/database';

const MONTH_AGO = sql`now() - interval '30 days'`;

/**
 * Small rows that are over and that nobody is shown any more: a month is enough for whoever looks into the database. Which secret a run was given is
 * in the audit log as well; here it goes with its workspace only, because that is how the masker knows what to look for.
 */
export async function forgetEndedRows(): Promise<void> {
  const db = database();
  await db.delete(sessions).where(or(lt(sessions.expiresAt, MONTH_AGO), lt(sessions.revokedAt, MONTH_AGO)));
  await db.delete(setupTokens).where(lt(setupTokens.expiresAt, MONTH_AGO));
  await db.delete(terminals).where(lt(terminals.endedAt, MONTH_AGO));
  await db.delete(claudeLogins).where(lt(claudeLogins.finishedAt, MONTH_AGO));
  const stillThere = db.select({ one: sql`1` }).from(workspaces).where(eq(workspaces.id, secretUses.workspaceId));
  await db.delete(secretUses).where(and(isNotNull(secretUses.workspaceId), lt(secretUses.endedAt, MONTH_AGO), notExists(stillThere)));
}
