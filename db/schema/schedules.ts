import { boolean, doublePrecision, index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { permissionModes } from '@/contract/run';
import { runs } from '@/db/schema/runs';
import { users } from '@/db/schema/users';
import { workspaces } from '@/db/schema/workspaces';

/** Prompts that start by themselves. A change of one is a change of its workspace (trigger `touch_workspace`). */
export const schedules = pgTable(
  'schedules',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** In whose name, and with whose connections, its runs start. */
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    name: text('name').notNull(),
    prompt: text('prompt').$type<MaskedText>().notNull(),
    pattern: text('pattern').notNull(),
    timezone: text('timezone').notNull(),
    model: text('model'),
    permissionMode: text('permission_mode', { enum: permissionModes }).notNull().default('bypassPermissions'),
    maxTurns: integer('max_turns'),
    budgetUsd: doublePrecision('budget_usd'),
    startsWorkspace: boolean('starts_workspace').notNull().default(true),
    enabled: boolean('enabled').notNull().default(true),
    nextRunAt: timestamp('next_run_at', { withTimezone: true }),
    /** Its time has come and there is no run yet; null again when there is one, or when it was given up. */
    dueSince: timestamp('due_since', { withTimezone: true }),
    lastRunId: uuid('last_run_id').references(() => runs.id, { onDelete: 'set null' }),
    lastProblem: text('last_problem').$type<MaskedText>(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('schedules_next_run').on(table.nextRunAt), index('schedules_workspace').on(table.workspaceId)],
);
