import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { alertChannels, alertKinds, alertSeverities, deliveryPurposes, deliveryStatuses, type AlertSettings } from '@/contract/alert';
import type { MaskedText } from '@/contract/masked-text';
import { secrets } from '@/db/schema/secrets';
import { users } from '@/db/schema/users';

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** One matter. While it is open, the same key is counted here and not raised anew. */
export const alerts = pgTable(
  'alerts',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind', { enum: alertKinds }).notNull(),
    severity: text('severity', { enum: alertSeverities }).notNull(),
    /** Names the matter, such as `claude_sign_in_failed:<user>`. */
    key: text('key').notNull(),
    /** Whom it concerns; null: the admins. */
    userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }),
    title: text('title').$type<MaskedText>().notNull(),
    body: text('body').$type<MaskedText>().notNull(),
    link: text('link'),
    count: integer('count').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    lastAt: moment('last_at').notNull().defaultNow(),
    resolvedAt: moment('resolved_at'),
    changeSeq: bigint('change_seq', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    uniqueIndex('alerts_open_key').on(table.key).where(sql`resolved_at is null`),
    index('alerts_user_id').on(table.userId, table.createdAt),
    index('alerts_change_seq').on(table.changeSeq),
  ],
);

export const alertReads = pgTable(
  'alert_reads',
  {
    alertId: uuid('alert_id')
      .notNull()
      .references(() => alerts.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    readAt: moment('read_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.alertId, table.userId] })],
);

/** One message to one channel, with its tries. */
export const alertDeliveries = pgTable(
  'alert_deliveries',
  {
    id: uuid('id').primaryKey(),
    alertId: uuid('alert_id')
      .notNull()
      .references(() => alerts.id, { onDelete: 'cascade' }),
    channel: text('channel', { enum: alertChannels }).notNull(),
    /** raised: the first one. still: it was raised again since. settled: it is over. */
    purpose: text('purpose', { enum: deliveryPurposes }).notNull().default('raised'),
    status: text('status', { enum: deliveryStatuses }).notNull(),
    /** Until the quiet time ends. */
    held: boolean('held').notNull().default(false),
    /** Those that go out together, as one message. */
    digestId: uuid('digest_id'),
    attempts: integer('attempts').notNull().default(0),
    /** While a try is under way this is when it counts as lost. */
    nextAt: moment('next_at').notNull().defaultNow(),
    /** When the message was last put together: what happened later is not in it. */
    triedAt: moment('tried_at'),
    /** How often the matter had been raised by then. */
    toldCount: integer('told_count').notNull().default(0),
    lastFailure: text('last_failure').$type<MaskedText>(),
    createdAt: moment('created_at').notNull().defaultNow(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    index('alert_deliveries_waiting').on(table.nextAt).where(sql`status = 'waiting'`),
    index('alert_deliveries_alert_id').on(table.alertId),
    uniqueIndex('alert_deliveries_first').on(table.alertId, table.channel).where(sql`purpose = 'raised'`),
    uniqueIndex('alert_deliveries_one_waiting').on(table.alertId, table.channel).where(sql`status = 'waiting'`),
  ],
);

export const alertChannelRows = pgTable('alert_channels', {
  channel: text('channel', { enum: alertChannels }).primaryKey(),
  enabled: boolean('enabled').notNull(),
  /** What was raised before it was switched on does not go out through it. */
  enabledAt: moment('enabled_at').notNull().defaultNow(),
  settings: jsonb('settings').$type<Record<string, unknown>>().notNull(),
  secretId: uuid('secret_id').references(() => secrets.id),
  changedAt: moment('changed_at').notNull().defaultNow(),
});

/** One row. */
export const alertSettings = pgTable('alert_settings', {
  id: integer('id').primaryKey().default(1),
  settings: jsonb('settings').$type<AlertSettings>().notNull(),
});
