import { index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { sessions } from '@/db/schema/sessions';
import { workspaces } from '@/db/schema/workspaces';

/**
 * Leave to see one preview in one signed-in browser: first a ticket, which is good once and for a minute, then what its cookie holds. Of both
 * only the SHA-256 (hex) is stored. It is worth nothing without a live session and access to the workspace, which are asked every time.
 */
export const previewPasses = pgTable(
  'preview_passes',
  {
    id: uuid('id').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    port: integer('port').notNull(),
    /** Null once it was used. */
    ticketHash: text('ticket_hash').unique(),
    ticketExpiresAt: timestamp('ticket_expires_at', { withTimezone: true }).notNull(),
    /** Null until the ticket was used. */
    cookieHash: text('cookie_hash').unique(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('preview_passes_session').on(table.sessionId), index('preview_passes_workspace').on(table.workspaceId)],
);
