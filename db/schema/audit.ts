import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { auditActions } from '@/contract/audit';

/** Who did what. Only ever added to; names are copied, so that a row says the same after its person or secret is gone. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: uuid('id').primaryKey(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
    action: text('action', { enum: auditActions }).notNull(),
    actorId: uuid('actor_id'),
    actorLogin: text('actor_login'),
    subjectId: text('subject_id'),
    subject: text('subject'),
    details: jsonb('details').$type<Record<string, string | number | boolean | null>>().notNull().default({}),
  },
  (table) => [index('audit_events_at').on(table.at), index('audit_events_action').on(table.action, table.at)],
);
