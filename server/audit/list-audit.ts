import { and, desc, eq, ilike, or, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { AuditEvent, ListAuditInput } from '@/contract/audit';
import { auditEvents } from '@/db/schema';
import { database } from '@/server/database';

/** What was written down, newest first; goes on after the event that `after` names. `more` says whether there are older ones. For administrators. */
export async function listAudit(_admin: Actor, { action, text, after, limit }: ListAuditInput): Promise<{ events: AuditEvent[]; more: boolean }> {
  const wanted = text ? `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%` : undefined;
  const place = sql`(${auditEvents.at}, ${auditEvents.id}) < (select "from"."at", "from"."id" from ${auditEvents} as "from" where "from"."id" = ${after ?? null})`;
  const rows = await database()
    .select({ id: auditEvents.id, at: auditEvents.at, action: auditEvents.action, actorLogin: auditEvents.actorLogin, subject: auditEvents.subject, details: auditEvents.details })
    .from(auditEvents)
    .where(and(action && eq(auditEvents.action, action), wanted ? or(ilike(auditEvents.actorLogin, wanted), ilike(auditEvents.subject, wanted)) : undefined, after ? place : undefined))
    .orderBy(desc(auditEvents.at), desc(auditEvents.id))
    .limit(limit + 1);
  return { events: rows.slice(0, limit), more: rows.length > limit };
}
