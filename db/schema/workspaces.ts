import { bigint, doublePrecision, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { StartStep } from '@/contract/workspace';
import { workspaceStatuses } from '@/contract/workspace';
import { users } from '@/db/schema/users';

/** A start step as stored: times are ISO text because JSON has no dates. */
export type StoredStartStep = Omit<StartStep, 'startedAt' | 'endedAt'> & { startedAt: string | null; endedAt: string | null };

export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    name: text('name').notNull(),
    repositoryUrl: text('repository_url').notNull(),
    branch: text('branch'),
    image: text('image').notNull(),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
    cpus: doublePrecision('cpus').notNull(),
    pids: integer('pids').notNull(),
    status: text('status', { enum: workspaceStatuses }).notNull(),
    statusReason: text('status_reason'),
    statusSince: timestamp('status_since', { withTimezone: true }).notNull().defaultNow(),
    steps: jsonb('steps').$type<StoredStartStep[]>().notNull(),
    containerId: text('container_id'),
    /** When the repository was there for the first time; from then on start-up leaves the files alone. */
    clonedAt: timestamp('cloned_at', { withTimezone: true }),
    /** The latest task for it; an older task that still runs may change nothing. */
    fence: integer('fence').notNull().default(0),
    nextRunNumber: integer('next_run_number').notNull().default(1),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** Set by a trigger at every change, from one sequence for all tables; see the migration. */
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [index('workspaces_owner_id').on(table.ownerId), index('workspaces_change_seq').on(table.changeSeq)],
);
