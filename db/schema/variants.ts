import { index, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { checkStates, worktreeStates } from '@/contract/variant';
import { runs } from '@/db/schema/runs';
import { users } from '@/db/schema/users';
import { workspaces } from '@/db/schema/workspaces';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** One prompt that is tried several times. The prompt itself is that of its runs. */
export const variantGroups = pgTable(
  'variant_groups',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    createdById: uuid('created_by_id')
      .notNull()
      .references(() => users.id),
    createdAt: moment('created_at').notNull().defaultNow(),
    checkCommand: text('check_command').$type<MaskedText>(),
    checkMinutes: integer('check_minutes').notNull(),
    /** The run with which the chosen variant began. */
    chosenRunId: uuid('chosen_run_id').references(() => runs.id, { onDelete: 'set null' }),
    chosenAt: moment('chosen_at'),
    chosenById: uuid('chosen_by_id').references(() => users.id),
  },
  (table) => [index('variant_groups_workspace').on(table.workspaceId)],
);

/** A variant: a conversation of a group. A change of it is a change of all its runs (trigger `touch_conversation`). */
export const runVariants = pgTable(
  'run_variants',
  {
    /** The run with which the conversation began. */
    runId: uuid('run_id')
      .primaryKey()
      .references(() => runs.id, { onDelete: 'cascade' }),
    groupId: uuid('group_id')
      .notNull()
      .references(() => variantGroups.id, { onDelete: 'cascade' }),
    /** Counts up from 1. */
    position: integer('position').notNull(),
    claudeSessionId: uuid('claude_session_id').notNull(),
    /** Set while it is out of the way; what the worker then does with its files is `worktree`. */
    archivedAt: moment('archived_at'),
    archivedById: uuid('archived_by_id').references(() => users.id),
    worktree: text('worktree', { enum: worktreeStates }).notNull().default('there'),
    /** The checkpoint that holds its files while they are away; null where it never had any. */
    keptCommit: text('kept_commit'),
    worktreeProblem: text('worktree_problem').$type<MaskedText>(),
    /** Null when the group has no check. */
    checkState: text('check_state', { enum: checkStates }),
    checkSince: moment('check_since').notNull().defaultNow(),
    /** The run whose end was, or is being, checked. */
    checkRunId: uuid('check_run_id').references(() => runs.id, { onDelete: 'set null' }),
    /** Names the command in the container; another with each start of the check, never used again. */
    checkAttempt: integer('check_attempt').notNull().default(0),
    /** Starts of the present check that were lost, because their container stopped. */
    checkLost: integer('check_lost').notNull().default(0),
    checkStartedAt: moment('check_started_at'),
    checkMs: integer('check_ms'),
    checkExitCode: integer('check_exit_code'),
    checkReason: text('check_reason').$type<MaskedText>(),
    checkOutput: text('check_output').$type<MaskedText>(),
  },
  (table) => [uniqueIndex('run_variants_position').on(table.groupId, table.position), uniqueIndex('run_variants_session').on(table.claudeSessionId)],
);
