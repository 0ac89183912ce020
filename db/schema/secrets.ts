import { sql } from 'drizzle-orm';
import { customType, index, integer, pgTable, primaryKey, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';
import { secretKinds } from '@/contract/secret';
import { users } from '@/db/schema/users';

const moment = (name: string) => timestamp(name, { withTimezone: true });
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** A named secret. `ownerId` is null for those of the install itself (alert channels). The values are in the versions. */
export const secrets = pgTable(
  'secrets',
  {
    id: uuid('id').primaryKey(),
    ownerId: uuid('owner_id').references(() => users.id, { onDelete: 'cascade' }),
    kind: text('kind', { enum: secretKinds }).notNull(),
    name: text('name').notNull(),
    /** The version that is used from now on. */
    version: integer('version').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    changedAt: moment('changed_at').notNull().defaultNow(),
    lastUsedAt: moment('last_used_at'),
    /** Deleted by a person; the row stays until no live run holds a version of it. */
    deletedAt: moment('deleted_at'),
  },
  (table) => [unique('secrets_owner_kind_name').on(table.ownerId, table.kind, table.name).nullsNotDistinct(), index('secrets_deleted_at').on(table.deletedAt).where(sql`deleted_at is not null`)],
);

/** Sealed values. An old version stays for as long as a live run holds it: its masker needs the value. */
export const secretVersions = pgTable(
  'secret_versions',
  {
    secretId: uuid('secret_id')
      .notNull()
      .references(() => secrets.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    /** Which key of the install wraps the data key. */
    keyId: text('key_id').notNull(),
    wrappedKey: bytes('wrapped_key').notNull(),
    sealed: bytes('sealed').notNull(),
    lastFour: text('last_four'),
    fingerprint: text('fingerprint').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.secretId, table.version] }), index('secret_versions_key_id').on(table.keyId)],
);

/** One row per secret and run attempt (or other command) that it was handed to: what a masker must know, and who used what. */
export const secretUses = pgTable(
  'secret_uses',
  {
    /** Names the folder below cloud-secrets: a run's attempt, or a workspace's command such as a clone. */
    attempt: text('attempt').notNull(),
    /** Not a foreign key: who used what outlives the secret. */
    secretId: uuid('secret_id').notNull(),
    version: integer('version').notNull(),
    secretName: text('secret_name').notNull(),
    workspaceId: uuid('workspace_id'),
    runId: uuid('run_id'),
    userId: uuid('user_id'),
    at: moment('at').notNull().defaultNow(),
    /** When the files were removed; null while they may be there. */
    endedAt: moment('ended_at'),
  },
  (table) => [primaryKey({ columns: [table.attempt, table.secretId, table.version] }), index('secret_uses_run_id').on(table.runId), index('secret_uses_secret_id').on(table.secretId)],
);
