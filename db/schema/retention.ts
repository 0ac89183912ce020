import { bigint, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { retentionKinds } from '@/contract/retention';
import { worktreePlaceStates } from '@/contract/run';
import { runs } from '@/db/schema/runs';
import { users } from '@/db/schema/users';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** How long, and how much of, each kind is kept. The worker writes the first ones. */
export const retentionRules = pgTable('retention_rules', {
  kind: text('kind', { enum: retentionKinds }).primaryKey(),
  /** Null: for good. */
  keepDays: integer('keep_days'),
  /** Null: as much as there is. */
  maxBytes: bigint('max_bytes', { mode: 'number' }),
  /** Nothing goes by this rule before then. */
  holdsUntil: moment('holds_until').notNull(),
  changedAt: moment('changed_at'),
  changedById: uuid('changed_by_id').references(() => users.id),
});

/** One row: when the rules were applied last, and when somebody last asked for it. */
export const retentionState = pgTable('retention_state', {
  id: integer('id').primaryKey().default(1),
  lastRoundAt: moment('last_round_at'),
  askedAt: moment('asked_at'),
});

/** What went, in sums; the newest hundred are kept. The audit log has them as well. */
export const retentionRounds = pgTable(
  'retention_rounds',
  {
    id: uuid('id').primaryKey(),
    at: moment('at').notNull().defaultNow(),
    kind: text('kind', { enum: retentionKinds }).notNull(),
    items: integer('items').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    because: text('because').notNull(),
  },
  (table) => [index('retention_rounds_at').on(table.at)],
);

/** Runs whose row says that something was removed, and of which it is not all gone yet: what a worker that died has left to do. */
export const retentionUnfinished = pgTable(
  'retention_unfinished',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: ['logs', 'conversations'] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.kind] })],
);

/**
 * The worktree of a conversation whose runs are over: how large it was when it was last measured, and whether retention has put it into a
 * checkpoint. A change of one is a change of all its runs (trigger `touch_conversation`).
 */
export const worktreePlaces = pgTable(
  'worktree_places',
  {
    /** The run with which the conversation began, after which its worktree is named. */
    firstRunId: uuid('first_run_id')
      .primaryKey()
      .references(() => runs.id, { onDelete: 'cascade' }),
    claudeSessionId: uuid('claude_session_id').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    measuredAt: moment('measured_at').notNull(),
    state: text('state', { enum: worktreePlaceStates }).notNull().default('there'),
    stateSince: moment('state_since').notNull().defaultNow(),
    because: text('because'),
    /** The checkpoint that holds the files while they are away; null where there were none. */
    keptCommit: text('kept_commit'),
    /** Why it could not be put away, or brought back. */
    problem: text('problem').$type<MaskedText>(),
    problemAt: moment('problem_at'),
  },
  (table) => [index('worktree_places_session').on(table.claudeSessionId), index('worktree_places_state').on(table.state)],
);
