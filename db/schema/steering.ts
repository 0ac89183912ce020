import { sql } from 'drizzle-orm';
import { bigint, boolean, doublePrecision, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { followUpStatuses } from '@/contract/follow-up';
import type { MaskedText } from '@/contract/masked-text';
import { questionKinds, questionStatuses } from '@/contract/question';
import { permissionModes, type RunLimits } from '@/contract/run';
import { noticeActions, noticeKinds } from '@/contract/run-notice';
import { runs } from '@/db/schema/runs';
import { users } from '@/db/schema/users';

/** Prompts that wait for their turn in a conversation. A change of one is a change of the run that it waits for (trigger `touch_run`). */
export const followUps = pgTable(
  'follow_ups',
  {
    id: uuid('id').primaryKey(),
    /** The newest run of the conversation; moves on when that one is followed by another. */
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** Rises in the order in which they are carried out; a fraction where one was moved between two others. */
    position: doublePrecision('position').notNull(),
    prompt: text('prompt').$type<MaskedText>().notNull(),
    /** The prompt as it was entered, where masking has changed it. Gone when it is no longer waiting. */
    sealedPrompt: text('sealed_prompt'),
    /** Null: as the run before it. */
    model: text('model'),
    permissionMode: text('permission_mode', { enum: permissionModes }),
    /** Null: as the run before it. */
    limits: jsonb('limits').$type<RunLimits>(),
    /** A person has said that it starts also when the run that it waits for has not succeeded. */
    anyway: boolean('anyway').notNull().default(false),
    status: text('status', { enum: followUpStatuses }).notNull().default('waiting'),
    /** Why it does not start by itself although the run before it is over; null while nothing is in its way. */
    heldBecause: text('held_because').$type<MaskedText>(),
    /** The run that it became. */
    startedRunId: uuid('started_run_id').references(() => runs.id, { onDelete: 'set null' }),
    createdById: uuid('created_by_id')
      .notNull()
      .references(() => users.id),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    settledAt: timestamp('settled_at', { withTimezone: true }),
  },
  (table) => [index('follow_ups_run').on(table.runId, table.status), index('follow_ups_waiting').on(table.runId).where(sql`${table.status} = 'waiting'`)],
);

/** What Claude asked of a person in mid-run, one row per control request of the CLI. */
export const runQuestions = pgTable(
  'run_questions',
  {
    id: uuid('id').primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** The attempt whose process waits for the answer: no other can hear it. */
    attempt: integer('attempt').notNull(),
    /** The CLI's own id of the request. */
    requestId: text('request_id').notNull(),
    kind: text('kind', { enum: questionKinds }).notNull(),
    toolName: text('tool_name').$type<MaskedText>().notNull(),
    toolUseId: text('tool_use_id').$type<MaskedText>(),
    /** The tool's input as JSON text, masked. */
    input: text('input').$type<MaskedText>().notNull(),
    /** Only the beginning of the input is there: the request was too long to be answered with it, so it can only be denied. */
    isCut: boolean('is_cut').notNull().default(false),
    /** The CLI's suggestions (rules that would allow it from now on) as JSON text, masked; null when it made none. */
    suggestions: text('suggestions').$type<MaskedText>(),
    /** Where the request stands in the log. */
    offset: bigint('offset', { mode: 'number' }).notNull(),
    status: text('status', { enum: questionStatuses }).notNull().default('open'),
    /** What was answered, in the shape of contract/question.ts; null while open or withdrawn. Its words are masked. */
    answer: jsonb('answer').$type<unknown>(),
    /** The answer as it was given, where masking has changed it. Gone when it is delivered, or never will be. */
    sealedAnswer: text('sealed_answer'),
    answeredById: uuid('answered_by_id').references(() => users.id),
    askedAt: timestamp('asked_at', { withTimezone: true }).notNull().defaultNow(),
    answeredAt: timestamp('answered_at', { withTimezone: true }),
    /** When Claude was seen to have taken the answer. */
    deliveredAt: timestamp('delivered_at', { withTimezone: true }),
    /** Why nothing is waited for any more, in a sentence: of a withdrawn one, or of one whose answer came too late. */
    endedBecause: text('ended_because').$type<MaskedText>(),
  },
  (table) => [uniqueIndex('run_questions_request').on(table.runId, table.attempt, table.requestId), index('run_questions_open').on(table.runId, table.status)],
);

/** What the watchdog has noticed about a run, and what it did about it. */
export const runNotices = pgTable(
  'run_notices',
  {
    id: uuid('id').primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer('attempt').notNull(),
    kind: text('kind', { enum: noticeKinds }).notNull(),
    action: text('action', { enum: noticeActions }).notNull(),
    /** A sentence that says what was noticed. */
    said: text('said').$type<MaskedText>().notNull(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
    /** When it was over, by itself or by the action; null while it goes on. */
    endedAt: timestamp('ended_at', { withTimezone: true }),
  },
  (table) => [index('run_notices_run').on(table.runId)],
);
