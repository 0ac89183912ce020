import { boolean, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { pullRequestStates, reviewStates, type PullRequestCheck } from '@/contract/publishing';
import { commentSides } from '@/contract/review';
import { followUps } from '@/db/schema/steering';
import { runs } from '@/db/schema/runs';
import { users } from '@/db/schema/users';

/** A person's words on a line of a run's diff, collected until they are sent to Claude as one follow-up. */
export const reviewComments = pgTable(
  'review_comments',
  {
    id: uuid('id').primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    authorId: uuid('author_id')
      .notNull()
      .references(() => users.id),
    path: text('path').$type<MaskedText>().notNull(),
    side: text('side', { enum: commentSides }).notNull(),
    /** Counts from 1, in the file as it is on that side. */
    line: integer('line').notNull(),
    /** The line as it stood there, so that the comment keeps its sense when the file changes. */
    lineText: text('line_text').$type<MaskedText>().notNull(),
    body: text('body').$type<MaskedText>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** Set when it was sent. */
    followUpId: uuid('follow_up_id').references(() => followUps.id, { onDelete: 'set null' }),
    sentAt: timestamp('sent_at', { withTimezone: true }),
  },
  (table) => [index('review_comments_run').on(table.runId)],
);

/** A branch as it was last pushed from a run's worktree. */
export const pushes = pgTable(
  'pushes',
  {
    id: uuid('id').primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    pushedById: uuid('pushed_by_id')
      .notNull()
      .references(() => users.id),
    branch: text('branch').$type<MaskedText>().notNull(),
    commit: text('commit').notNull(),
    forced: boolean('forced').notNull().default(false),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('pushes_run').on(table.runId)],
);

/** A pull request that was made from a run, as GitHub last described it. */
export const pullRequests = pgTable(
  'pull_requests',
  {
    id: uuid('id').primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    createdById: uuid('created_by_id')
      .notNull()
      .references(() => users.id),
    number: integer('number').notNull(),
    url: text('url').notNull(),
    title: text('title').$type<MaskedText>().notNull(),
    isDraft: boolean('is_draft').notNull(),
    state: text('state', { enum: pullRequestStates }).notNull(),
    headBranch: text('head_branch').$type<MaskedText>().notNull(),
    baseBranch: text('base_branch').$type<MaskedText>().notNull(),
    headCommit: text('head_commit').notNull(),
    checks: jsonb('checks').$type<PullRequestCheck[]>().notNull().default([]),
    review: text('review', { enum: reviewStates }).notNull().default('none'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** When GitHub was last asked, and why it could not be; null when it answered. */
    refreshedAt: timestamp('refreshed_at', { withTimezone: true }).notNull().defaultNow(),
    refreshProblem: text('refresh_problem').$type<MaskedText>(),
  },
  (table) => [uniqueIndex('pull_requests_url').on(table.runId, table.url)],
);
