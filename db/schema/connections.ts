import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { claudeLoginStatuses } from '@/contract/claude-login';
import { claudeMethods, connectionStatuses, gitHubMethods } from '@/contract/connection';
import type { MaskedText } from '@/contract/masked-text';
import { secrets } from '@/db/schema/secrets';
import { sessions } from '@/db/schema/sessions';
import { users } from '@/db/schema/users';

const moment = (name: string) => timestamp(name, { withTimezone: true });

const connection = () => ({
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  secretId: uuid('secret_id')
    .notNull()
    .references(() => secrets.id),
  status: text('status', { enum: connectionStatuses }).notNull(),
  statusReason: text('status_reason').$type<MaskedText>(),
  statusSince: moment('status_since').notNull().defaultNow(),
  checkedAt: moment('checked_at'),
  expiresAt: moment('expires_at'),
  /** Days before the end for which a warning went out last: 14, 7, 1 or 0; null for none. */
  warnedDays: integer('warned_days'),
  createdAt: moment('created_at').notNull().defaultNow(),
  changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
});

/** The GitHub token of a person. */
export const gitHubConnections = pgTable(
  'github_connections',
  {
    ...connection(),
    method: text('method', { enum: gitHubMethods }).notNull(),
    host: text('host').notNull(),
    gitHubId: bigint('github_id', { mode: 'number' }).notNull(),
    login: text('login').notNull(),
    /** As GitHub shows them to everybody; what the person's commits are signed with. */
    publicName: text('public_name').$type<MaskedText>(),
    publicEmail: text('public_email').$type<MaskedText>(),
    scopes: jsonb('scopes').$type<string[]>().notNull().default([]),
  },
  (table) => [index('github_connections_change_seq').on(table.changeSeq)],
);

/** A session that was sent to GitHub to consent to a token, until it comes back. One for each: the last one counts. */
export const gitHubConsents = pgTable('github_consents', {
  sessionId: uuid('session_id')
    .primaryKey()
    .references(() => sessions.id, { onDelete: 'cascade' }),
  /** SHA-256 (hex) of the state that GitHub hands back. */
  stateHash: text('state_hash').notNull(),
  /** The secret half of the PKCE challenge. */
  sealedVerifier: text('sealed_verifier').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
});

/** The Claude account of a person. */
export const claudeConnections = pgTable(
  'claude_connections',
  {
    ...connection(),
    method: text('method', { enum: claudeMethods }).notNull(),
    account: text('account'),
    baseUrl: text('base_url'),
    region: text('region'),
    projectId: text('project_id'),
  },
  (table) => [index('claude_connections_change_seq').on(table.changeSeq)],
);

/** Sign-ins through the CLI, live and past. The code a person pastes is sealed in the short time until the worker takes it. */
export const claudeLogins = pgTable(
  'claude_logins',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    status: text('status', { enum: claudeLoginStatuses }).notNull(),
    statusReason: text('status_reason').$type<MaskedText>(),
    statusSince: moment('status_since').notNull().defaultNow(),
    /** Raised by the worker that drives it. */
    fence: integer('fence').notNull().default(0),
    url: text('url'),
    sealedCode: text('sealed_code'),
    createdAt: moment('created_at').notNull().defaultNow(),
    expiresAt: moment('expires_at').notNull(),
    finishedAt: moment('finished_at'),
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [uniqueIndex('claude_logins_one_live').on(table.userId).where(sql`finished_at is null`), index('claude_logins_user_id').on(table.userId, table.createdAt), index('claude_logins_status').on(table.status), index('claude_logins_change_seq').on(table.changeSeq)],
);

/**
 * Throw-away containers in which the CLI signs in or a credential is tried. The row comes before the container and its network and goes
 * after them; by its subnet the egress proxy knows who asks.
 */
export const claudeBooths = pgTable(
  'claude_booths',
  {
    /** A login's own id, or a new one. */
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: text('purpose', { enum: ['login', 'check'] }).notNull(),
    /** What it may reach beside what everybody may. */
    destinations: jsonb('destinations').$type<{ host: string; port: number }[]>().notNull(),
    subnet: text('subnet'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [index('claude_booths_created_at').on(table.createdAt)],
);
