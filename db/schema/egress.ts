import { integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { users } from '@/db/schema/users';
import { workspaces } from '@/db/schema/workspaces';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** Destinations with private addresses that an admin has opened to every workspace, through the proxy only. */
export const privateDestinations = pgTable(
  'private_destinations',
  {
    id: uuid('id').primaryKey(),
    host: text('host').notNull(),
    port: integer('port').notNull(),
    note: text('note'),
    addedById: uuid('added_by_id')
      .notNull()
      .references(() => users.id),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [uniqueIndex('private_destinations_host_port').on(table.host, table.port)],
);

/** What the proxy refused, counted per workspace and destination. */
export const egressRefusals = pgTable(
  'egress_refusals',
  {
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    host: text('host').$type<MaskedText>().notNull(),
    port: integer('port').notNull(),
    reason: text('reason').$type<MaskedText>().notNull(),
    count: integer('count').notNull(),
    firstAt: moment('first_at').notNull().defaultNow(),
    lastAt: moment('last_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.host, table.port] })],
);
