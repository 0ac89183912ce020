import { sql } from 'drizzle-orm';
import { bigint, boolean, doublePrecision, index, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { checkpointCauses } from '@/contract/checkpoint';
import { egressLevels } from '@/contract/egress';
import type { MaskedText } from '@/contract/masked-text';
import { errorClasses, recoveryFallbacks } from '@/contract/recovery';
import type { ExtraRepository, StartStep } from '@/contract/workspace';
import { workspaceStatuses } from '@/contract/workspace';
import { users } from '@/db/schema/users';

/** A start step as stored: times are ISO text because JSON has no dates. */
export type StoredStartStep = Omit<StartStep, 'startedAt' | 'endedAt' | 'message'> & { startedAt: string | null; endedAt: string | null; message: MaskedText | null };

const moment = (name: string) => timestamp(name, { withTimezone: true });

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
    extraRepositories: jsonb('extra_repositories').$type<ExtraRepository[]>().notNull().default([]),
    setupScript: text('setup_script'),
    /** The kept work of a deleted workspace that this one begins with, instead of a clone. */
    fromRemovedId: uuid('from_removed_id'),

    image: text('image').notNull(),
    /** The runtime that its container was made with, by name; null before there was one. ANYON_CONTAINER_RUNTIME decides. */
    runtime: text('runtime'),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
    cpus: doublePrecision('cpus').notNull(),
    pids: integer('pids').notNull(),
    diskBytes: bigint('disk_bytes', { mode: 'number' }),
    egressLevel: text('egress_level', { enum: egressLevels }).notNull().default('open'),
    egressHosts: jsonb('egress_hosts').$type<string[]>().notNull().default([]),

    /** What it is. */
    status: text('status', { enum: workspaceStatuses }).notNull(),
    statusReason: text('status_reason').$type<MaskedText>(),
    statusSince: moment('status_since').notNull().defaultNow(),
    /** What it should be: recovery acts when the two differ. */
    desired: text('desired', { enum: ['running', 'stopped'] }).notNull().default('running'),
    steps: jsonb('steps').$type<StoredStartStep[]>().notNull(),

    containerId: text('container_id'),
    /** The engine's word for the container's state, when it was last asked. */
    containerStatus: text('container_status'),
    containerStartedAt: moment('container_started_at'),
    /** Image and egress level that the container was made with; others in the row mean that a restart is needed. */
    containerImage: text('container_image'),
    containerEgressLevel: text('container_egress_level', { enum: egressLevels }),
    /** The address range of its network, e.g. 10.213.4.16/28: by it the egress proxy knows who asks. */
    subnet: text('subnet'),
    lastError: text('last_error').$type<MaskedText>(),
    lastErrorClass: text('last_error_class', { enum: errorClasses }),
    lastErrorAt: moment('last_error_at'),

    recoveryMaxRetries: integer('recovery_max_retries').notNull().default(3),
    recoveryBackoffSeconds: integer('recovery_backoff_seconds').notNull().default(5),
    recoveryFallback: text('recovery_fallback', { enum: recoveryFallbacks }).notNull().default('stop'),
    /** Tries since it last ran well. */
    recoveryAttempts: integer('recovery_attempts').notNull().default(0),
    recoveryNextAt: moment('recovery_next_at'),

    idleStopMinutes: integer('idle_stop_minutes'),
    /** When somebody last did something with it; runs count by their own times. */
    lastUsedAt: moment('last_used_at').notNull().defaultNow(),

    /** When the repository was there for the first time; from then on start-up leaves the files alone. */
    clonedAt: moment('cloned_at'),
    /** When the set-up script had ended well for the files that are there. */
    setupDoneAt: moment('setup_done_at'),
    /** The latest task for it; an older task that still runs may change nothing. */
    fence: integer('fence').notNull().default(0),
    nextRunNumber: integer('next_run_number').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    archivedAt: moment('archived_at'),
    /** Set by a trigger at every change, from one sequence for all tables; see the migration. */
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    index('workspaces_owner_id').on(table.ownerId),
    index('workspaces_change_seq').on(table.changeSeq),
    index('workspaces_recovery_next_at').on(table.recoveryNextAt).where(sql`recovery_next_at is not null`),
  ],
);

/** What admins have made for everybody to begin a workspace with. */
export const templates = pgTable('templates', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull().unique(),
  description: text('description').notNull().default(''),
  memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
  cpus: doublePrecision('cpus').notNull(),
  pids: integer('pids').notNull(),
  diskBytes: bigint('disk_bytes', { mode: 'number' }),
  image: text('image'),
  egressLevel: text('egress_level', { enum: egressLevels }).notNull(),
  egressHosts: jsonb('egress_hosts').$type<string[]>().notNull().default([]),
  recoveryMaxRetries: integer('recovery_max_retries').notNull(),
  recoveryBackoffSeconds: integer('recovery_backoff_seconds').notNull(),
  recoveryFallback: text('recovery_fallback', { enum: recoveryFallbacks }).notNull(),
  setupScript: text('setup_script'),
  idleStopMinutes: integer('idle_stop_minutes'),
  createdAt: moment('created_at').notNull().defaultNow(),
});

/** Work in a workspace's working tree, kept under a hidden git ref in its repository. */
export const checkpoints = pgTable(
  'checkpoints',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** The run whose worktree it was; null for the repository itself. Not a foreign key: a run may be gone. */
    runId: uuid('run_id'),
    cause: text('cause', { enum: checkpointCauses }).notNull(),
    ref: text('ref').notNull(),
    commit: text('commit').notNull(),
    changedFiles: integer('changed_files').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [index('checkpoints_workspace_id').on(table.workspaceId)],
);

/** Deleted workspaces whose work is kept for some days. */
export const removedWorkspaces = pgTable('removed_workspaces', {
  id: uuid('id').primaryKey(),
  workspaceId: uuid('workspace_id').notNull().unique(),
  ownerId: uuid('owner_id')
    .notNull()
    .references(() => users.id),
  name: text('name').notNull(),
  repositoryUrl: text('repository_url').notNull(),
  branch: text('branch'),
  /** What a restored workspace is made with. */
  settings: jsonb('settings').$type<Record<string, unknown>>().notNull(),
  kind: text('kind', { enum: ['bundle', 'files'] }).notNull(),
  bytes: bigint('bytes', { mode: 'number' }).notNull(),
  removedAt: moment('removed_at').notNull().defaultNow(),
  keptUntil: moment('kept_until').notNull(),
  /** Who or what took the place; set when it was restored. */
  restoredAsId: uuid('restored_as_id'),
});

/** Readings of the last hour, one row per workspace and reading; older ones are deleted. */
export const workspaceMetrics = pgTable(
  'workspace_metrics',
  {
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    at: moment('at').notNull(),
    cpus: doublePrecision('cpus').notNull(),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
    memoryLimitBytes: bigint('memory_limit_bytes', { mode: 'number' }).notNull(),
    pids: integer('pids').notNull(),
    networkReceivedBytes: bigint('network_received_bytes', { mode: 'number' }).notNull(),
    networkSentBytes: bigint('network_sent_bytes', { mode: 'number' }).notNull(),
    diskBytes: bigint('disk_bytes', { mode: 'number' }),
  },
  (table) => [index('workspace_metrics_workspace_at').on(table.workspaceId, table.at), index('workspace_metrics_at').on(table.at)],
);

/** One row: whether the engine can be asked, as the worker sees it. Kept out of `workspaces` so that asking changes no row there. */
export const engineState = pgTable('engine_state', {
  id: integer('id').primaryKey().default(1),
  reachable: boolean('reachable').notNull(),
  /** Why not, as a sentence. */
  reason: text('reason').$type<MaskedText>(),
  since: moment('since').notNull().defaultNow(),
  lastAnswerAt: moment('last_answer_at'),
});
