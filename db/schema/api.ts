import { index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { TokenScope } from '@/contract/api-token';
import { users } from '@/db/schema/users';

/** Tokens for the public API. Of the value only its SHA-256 (hex) is here: 190 random bits cannot be guessed from it, so no slow hash is needed. */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    hash: text('hash').notNull().unique(),
    scopes: jsonb('scopes').$type<TokenScope[]>().notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    /** To the minute. */
    lastUsedAt: timestamp('last_used_at', { withTimezone: true }),
    lastUsedFrom: text('last_used_from'),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
  },
  (table) => [index('api_tokens_user_id').on(table.userId)],
);

/** Requests with an Idempotency-Key that began something, kept for a day: a second one with the same token and key begins nothing. */
export const apiRequests = pgTable(
  'api_requests',
  {
    tokenId: uuid('token_id')
      .notNull()
      .references(() => apiTokens.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** HMAC of what was asked for, keyed with the token's value, which is stored nowhere: the same key for something else is refused, and no prompt can be guessed from it. */
    requestMac: text('request_mac').notNull(),
    /** The ids of what it began; null while it is being carried out. Never its texts. */
    outcome: jsonb('outcome').$type<Record<string, string | null>>(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tokenId, table.key] })],
);
