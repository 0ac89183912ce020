import { and, eq, gt, isNull, like, lt, sql } from 'drizzle-orm';
import { alerts, apiTokens, users } from '@/db/schema';
import { raiseAlertOnce } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';

const PREFIX = 'secret_expiring:api_token:';

/**
 * Tells the owner of an API token once, a week before its end, if a program still uses it: what it does would stop one day without a
 * word. Settled when the token is revoked or over. Tokens that were made for so short a time are not told of.
 */
export async function warnOfTokenExpiry(): Promise<void> {
  const ending = await database()
    .select({ id: apiTokens.id, name: apiTokens.name, userId: apiTokens.userId, expiresAt: apiTokens.expiresAt })
    .from(apiTokens)
    .innerJoin(users, and(eq(users.id, apiTokens.userId), isNull(users.disabledAt)))
    .where(
      and(
        isNull(apiTokens.revokedAt),
        gt(apiTokens.expiresAt, sql`now()`),
        lt(apiTokens.expiresAt, sql`now() + interval '7 days'`),
        gt(apiTokens.lastUsedAt, sql`now() - interval '14 days'`),
        gt(apiTokens.expiresAt, sql`${apiTokens.createdAt} + interval '8 days'`),
      ),
    );
  for (const { id, name, userId, expiresAt } of ending) {
    await raiseAlertOnce(database(), {
      kind: 'secret_expiring',
      severity: 'warning',
      key: `${PREFIX}${id}`,
      userId,
      title: `Your API token “${name}” ends soon`,
      body: `It ends on ${expiresAt.toISOString().slice(0, 10)}, and a program still uses it. Make another one and give it to the program before that.`,
      link: '/settings?tab=tokens',
    });
  }
  const isOver = sql`not exists (select from ${apiTokens} where ${PREFIX} || ${apiTokens.id}::text = ${alerts.key} and ${apiTokens.revokedAt} is null and ${apiTokens.expiresAt} > now())`;
  await database().update(alerts).set({ resolvedAt: sql`now()` }).where(and(like(alerts.key, `${PREFIX}%`), isNull(alerts.resolvedAt), isOver));
}
