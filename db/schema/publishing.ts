import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { MaskedText } from '@/contract/masked-text';
import { publishSteps } from '@/contract/publishing';
import { pullRequests } from '@/db/schema/review';
import { runs } from '@/db/schema/runs';
import { users } from '@/db/schema/users';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** What a rebase that met conflicts leaves behind: it counts while the branch is at `head`. */
export interface RebaseConflict {
  onto: MaskedText;
  head: string;
  files: MaskedText[];
}

export interface PushUnderWay {
  branch: MaskedText;
  force: boolean;
}

/** The present or last step from a worktree to its remote. One row for each worktree: whoever has the lease works there. */
export const publishStepRows = pgTable(
  'publish_steps',
  {
    /** The run with which the conversation began, after which its worktree is named. */
    firstRunId: uuid('first_run_id')
      .primaryKey()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** Names the command in the container and its secrets; another with each step. */
    id: uuid('id').notNull(),
    /** From whose page it was asked for. */
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    startedById: uuid('started_by_id')
      .notNull()
      .references(() => users.id),
    step: text('step', { enum: publishSteps }).notNull(),
    progress: text('progress').$type<MaskedText>(),
    startedAt: moment('started_at').notNull().defaultNow(),
    /** Renewed while its process lives. */
    leaseUntil: moment('lease_until').notNull(),
    endedAt: moment('ended_at'),
    conflict: jsonb('conflict').$type<RebaseConflict>(),
    /** What a push under way is to do, so that another process can bring it to its end. */
    push: jsonb('push').$type<PushUnderWay>(),
    /** Why a push that another process brought to its end came to nothing. */
    problem: text('problem').$type<MaskedText>(),
  },
  (table) => [index('publish_steps_lease_until').on(table.leaseUntil)],
);

/** When somebody last looked at a pull request: only of those is GitHub asked again. Beside it, so that looking is no change of the run. */
export const pullRequestLooks = pgTable('pull_request_looks', {
  pullRequestId: uuid('pull_request_id')
    .primaryKey()
    .references(() => pullRequests.id, { onDelete: 'cascade' }),
  at: moment('at').notNull(),
});
