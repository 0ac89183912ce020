import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { batchActions, batchItemStatuses, batchStatuses } from '@/contract/batch';
import type { Difference } from '@/contract/difference';
import type { MaskedText } from '@/contract/masked-text';
import { errorClasses } from '@/contract/recovery';
import { taskCauses, taskKinds, taskStatuses } from '@/contract/task';
import { users } from '@/db/schema/users';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** One action asked for over many workspaces. */
export const batches = pgTable(
  'batches',
  {
    id: uuid('id').primaryKey(),
    action: text('action', { enum: batchActions }).notNull(),
    requestedById: uuid('requested_by_id')
      .notNull()
      .references(() => users.id),
    retryOfId: uuid('retry_of_id'),
    status: text('status', { enum: batchStatuses }).notNull(),
    statusReason: text('status_reason').$type<MaskedText>(),
    statusSince: moment('status_since').notNull().defaultNow(),
    createdAt: moment('created_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [index('batches_change_seq').on(table.changeSeq), index('batches_requested_by_id').on(table.requestedById)],
);

export const batchItems = pgTable(
  'batch_items',
  {
    batchId: uuid('batch_id')
      .notNull()
      .references(() => batches.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    /** Not a foreign key: the result outlives a deleted workspace. */
    workspaceId: uuid('workspace_id').notNull(),
    workspaceName: text('workspace_name').notNull(),
    status: text('status', { enum: batchItemStatuses }).notNull(),
    reason: text('reason').$type<MaskedText>(),
    taskId: uuid('task_id'),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [primaryKey({ columns: [table.batchId, table.position] }), index('batch_items_task_id').on(table.taskId)],
);

/** Everything that was asked of a workspace in the background, and what came of it. The queue only says "look at this task". */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid('id').primaryKey(),
    /** Not a foreign key: what was done outlives a deleted workspace. */
    workspaceId: uuid('workspace_id').notNull(),
    workspaceName: text('workspace_name').notNull(),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    kind: text('kind', { enum: taskKinds }).notNull(),
    cause: text('cause', { enum: taskCauses }).notNull(),
    requestedById: uuid('requested_by_id').references(() => users.id),
    batchId: uuid('batch_id'),
    /** The workspace's fence at the time of asking; a higher one in its row means that this task is superseded. */
    fence: integer('fence').notNull(),
    priority: integer('priority').notNull(),
    maxAttempts: integer('max_attempts').notNull(),
    status: text('status', { enum: taskStatuses }).notNull(),
    statusReason: text('status_reason').$type<MaskedText>(),
    statusSince: moment('status_since').notNull().defaultNow(),
    retryAt: moment('retry_at'),
    createdAt: moment('created_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
    /** W3C trace context of who asked for it, where traces are made. */
    traceparent: text('traceparent'),
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    index('tasks_workspace_id').on(table.workspaceId, table.createdAt),
    index('tasks_status').on(table.status),
    index('tasks_change_seq').on(table.changeSeq),
    index('tasks_batch_id').on(table.batchId),
  ],
);

/** One row per attempt, written before the attempt begins: a worker that dies in it leaves a row that says `running`. */
export const taskAttempts = pgTable(
  'task_attempts',
  {
    taskId: uuid('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    worker: text('worker').notNull(),
    startedAt: moment('started_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    outcome: text('outcome', { enum: ['running', 'succeeded', 'failed', 'died', 'waiting', 'superseded'] }).notNull(),
    errorClass: text('error_class', { enum: errorClasses }),
    message: text('message').$type<MaskedText>(),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.number] })],
);

/** What the reconciler found and did; the newest hundred are kept, and only those that found something. */
export const reconcileReports = pgTable(
  'reconcile_reports',
  {
    id: uuid('id').primaryKey(),
    at: moment('at').notNull().defaultNow(),
    cause: text('cause', { enum: ['boot', 'event', 'clock', 'person', 'command'] }).notNull(),
    tookMs: integer('took_ms').notNull(),
    engineProblem: text('engine_problem').$type<MaskedText>(),
    looked: jsonb('looked').$type<Record<string, number>>().notNull(),
    differences: jsonb('differences').$type<Difference[]>().notNull(),
  },
  (table) => [index('reconcile_reports_at').on(table.at)],
);
