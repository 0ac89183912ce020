import { index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { signInVias } from '@/contract/person';
import { users } from '@/db/schema/users';

/** A signed-in browser. The cookie holds this id; without a live row here it is worth nothing, so revocation is immediate. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    via: text('via', { enum: signInVias }).notNull(),
    /** What the browser called itself at sign-in. */
    userAgent: text('user_agent'),
    /** Of the token that a person signed in with, as GitHub named them; the token itself is not kept. */
    tokenScopes: jsonb('token_scopes').$type<string[]>(),
    tokenExpiresAt: timestamp('token_expires_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** To the minute. */
    lastSeenAt: timestamp('last_seen_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
  },
  (table) => [index('sessions_user_id').on(table.userId)],
);

/** One-time sign-in tokens that `npm run up` prints. Only the SHA-256 (hex) is stored. */
export const setupTokens = pgTable('setup_tokens', {
  hash: text('hash').primaryKey(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  usedAt: timestamp('used_at', { withTimezone: true }),
});
