import { bigint, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { allowedKinds, roles } from '@/contract/person';

/** A person. `githubId` is null for the owner until they link GitHub; it is the identity, the login may change. */
export const users = pgTable('users', {
  id: uuid('id').primaryKey(),
  githubId: bigint('github_id', { mode: 'number' }).unique(),
  login: text('login').notNull(),
  name: text('name'),
  avatarUrl: text('avatar_url'),
  role: text('role', { enum: roles }).notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  disabledAt: timestamp('disabled_at', { withTimezone: true }),
  /** When it was last seen that GitHub and the allow-list let this person in; null: never needed (the owner of a local install). */
  admittedAt: timestamp('admitted_at', { withTimezone: true }),
  /** The organisation on the list whose membership GitHub confirmed then; null: the person is (or was) on the list by their own id. */
  admittedOrganisationId: bigint('admitted_organisation_id', { mode: 'number' }),
});

/** People and organisations that may sign in, by GitHub's numeric id. */
export const allowedGitHub = pgTable(
  'allowed_github',
  {
    kind: text('kind', { enum: allowedKinds }).notNull(),
    githubId: bigint('github_id', { mode: 'number' }).notNull(),
    login: text('login').notNull(),
    addedById: uuid('added_by_id').references(() => users.id, { onDelete: 'set null' }),
    addedAt: timestamp('added_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.githubId] })],
);
