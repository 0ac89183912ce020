import { sql } from 'drizzle-orm';
import { bigint, boolean, doublePrecision, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { parkReasons, permissionModes, reachedLimits, runStatuses, type ChangedFile } from '@/contract/run';
import { users } from '@/db/schema/users';
import { workspaces } from '@/db/schema/workspaces';

export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    startedById: uuid('started_by_id')
      .notNull()
      .references(() => users.id),
    number: integer('number').notNull(),
    prompt: text('prompt').$type<MaskedText>().notNull(),
    /** The prompt as it was entered, where masking has changed it. Gone when the run is over. */
    sealedPrompt: text('sealed_prompt'),
    /** Masking has changed the prompt: what stands in it is not what Claude was told. */
    promptMasked: boolean('prompt_masked').notNull().default(false),
    model: text('model'),
    simulated: boolean('simulated').notNull(),
    branch: text('branch').notNull(),
    baseCommit: text('base_commit'),
    claudeSessionId: uuid('claude_session_id').notNull(),
    /** The run whose Claude session and worktree this one goes on with. */
    resumesRunId: uuid('resumes_run_id'),
    /** The run from whose beginning this one was started again with a conversation of its own. */
    retriesRunId: uuid('retries_run_id'),
    permissionMode: text('permission_mode', { enum: permissionModes }).notNull().default('bypassPermissions'),
    maxTurns: integer('max_turns'),
    budgetUsd: doublePrecision('budget_usd'),
    limitReached: text('limit_reached', { enum: reachedLimits }),
    status: text('status', { enum: runStatuses }).notNull(),
    statusReason: text('status_reason').$type<MaskedText>(),
    statusSince: timestamp('status_since', { withTimezone: true }).notNull().defaultNow(),
    /** Raised by the worker that takes the run over; a worker with an older number can change nothing. */
    fence: integer('fence').notNull().default(0),
    /** How often Claude Code was started for it; a run that was parked goes on with the next. */
    attempt: integer('attempt').notNull().default(1),
    /** Set while it is parked, and what it goes on for. */
    parkedFor: text('parked_for', { enum: parkReasons }),
    parkedUntil: timestamp('parked_until', { withTimezone: true }),
    /** When somebody said of its bad end that it needs nothing more. */
    dismissedAt: timestamp('dismissed_at', { withTimezone: true }),
    stopRequestedAt: timestamp('stop_requested_at', { withTimezone: true }),
    stopRequestedById: uuid('stop_requested_by_id').references(() => users.id),
    containerId: text('container_id'),
    exitCode: integer('exit_code'),
    exitSignal: text('exit_signal'),
    outOfMemory: boolean('out_of_memory').notNull().default(false),
    outBytes: bigint('out_bytes', { mode: 'number' }).notNull().default(0),
    errBytes: bigint('err_bytes', { mode: 'number' }).notNull().default(0),
    logTampered: boolean('log_tampered').notNull().default(false),
    /** Offset in the masked `out` file up to which run_events are complete; moves in the same transaction as they do. */
    parsedUpTo: bigint('parsed_up_to', { mode: 'number' }).notNull().default(0),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    cacheReadTokens: bigint('cache_read_tokens', { mode: 'number' }).notNull().default(0),
    cacheWriteTokens: bigint('cache_write_tokens', { mode: 'number' }).notNull().default(0),
    costUsd: doublePrecision('cost_usd'),
    turns: integer('turns'),
    resultText: text('result_text').$type<MaskedText>(),
    /** Claude's last sentence so far, for lists. */
    lastSaid: text('last_said').$type<MaskedText>(),
    /** The working tree as it was when the run began and ended, as commits under hidden refs in its repository. */
    treeBefore: text('tree_before'),
    treeAfter: text('tree_after'),
    /** After this run the work of the conversation was put onto this commit of its base branch. */
    rebasedOnto: text('rebased_onto'),
    changedFiles: jsonb('changed_files').$type<ChangedFile[]>().notNull().default([]),
    diffTruncated: boolean('diff_truncated').notNull().default(false),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp('started_at', { withTimezone: true }),
    firstOutputAt: timestamp('first_output_at', { withTimezone: true }),
    finishedAt: timestamp('finished_at', { withTimezone: true }),
    /** W3C trace context of who asked for it, where traces are made. */
    traceparent: text('traceparent'),
    /** Retention leaves the conversation of this run alone. */
    keptAt: timestamp('kept_at', { withTimezone: true }),
    /** Set before the files of its log go, with the rule by which they do; what is not gone yet is in `retention_unfinished`. */
    logRemovedAt: timestamp('log_removed_at', { withTimezone: true }),
    logRemovedBecause: text('log_removed_because'),
    /** The same of its events and its kept diff. */
    detailsRemovedAt: timestamp('details_removed_at', { withTimezone: true }),
    detailsRemovedBecause: text('details_removed_because'),
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    uniqueIndex('runs_workspace_number').on(table.workspaceId, table.number),
    index('runs_status').on(table.status),
    index('runs_change_seq').on(table.changeSeq),
    index('runs_claude_session').on(table.claudeSessionId),
    /** The board's order, so that its newest runs are found without sorting all there ever were. */
    index('runs_ended_order').on(sql`coalesce(${table.finishedAt}, ${table.createdAt}) desc`, sql`${table.id} desc`),
    index('runs_workspace_finished').on(table.workspaceId, table.finishedAt),
  ],
);

/**
 * Each start of Claude Code for a run. Its raw output begins at 0; in the run's log it stands behind that of the attempts before it.
 * Written when the attempt begins.
 */
export const runAttempts = pgTable(
  'run_attempts',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    /** Bytes of out.log and err.log that were there before. */
    outStart: bigint('out_start', { mode: 'number' }).notNull(),
    errStart: bigint('err_start', { mode: 'number' }).notNull(),
    startedAt: timestamp('started_at', { withTimezone: true }).notNull().defaultNow(),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    /** Why it ended, when it was parked; `watchdog` when that ended it. */
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.runId, table.number] })],
);

/** What the CLI said, one row per stream-json line, keyed by the line's byte offset: storing a line twice changes nothing. */
export const runEvents = pgTable(
  'run_events',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    stream: text('stream', { enum: ['out', 'err'] }).notNull(),
    offset: bigint('offset', { mode: 'number' }).notNull(),
    kind: text('kind').notNull(),
    subtype: text('subtype'),
    /** When the CLI says it happened; only some kinds say it. */
    at: timestamp('at', { withTimezone: true, mode: 'string' }),
    /** When the row was written. Null in rows that are older than this column. */
    storedAt: timestamp('stored_at', { withTimezone: true }).defaultNow(),
    /** The masked line as it was written; text, because jsonb refuses NUL escapes. Null when it was longer than 1 MiB. */
    payload: text('payload').$type<MaskedText>(),
    truncated: boolean('truncated').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.runId, table.stream, table.offset] })],
);
