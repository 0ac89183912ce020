import { index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '@/db/schema/users';
import { workspaces } from '@/db/schema/workspaces';

/** Shells that somebody has opened in a workspace. What they print is never stored here. A change of one is a change of its workspace (trigger `touch_workspace`). */
export const terminals = pgTable(
  'terminals',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    openedById: uuid('opened_by_id')
      .notNull()
      .references(() => users.id),
    /** Counts up from 1 within the workspace; the name on its tab. */
    number: integer('number').notNull(),
    /** The container in which its shell lives. */
    containerId: text('container_id').notNull(),
    openedAt: timestamp('opened_at', { withTimezone: true }).notNull().defaultNow(),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    endReason: text('end_reason'),
  },
  (table) => [index('terminals_workspace').on(table.workspaceId)],
);
