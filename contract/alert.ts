import { z } from 'zod';
import { secretValueSchema } from '@/contract/secret';

/** What is worth a message to somebody who is not looking. */
export const alertKinds = ['run_failed', 'run_needs_you', 'claude_sign_in_failed', 'github_sign_in_failed', 'usage_limit', 'secret_unreadable', 'secret_not_removed', 'secret_expiring', 'engine_unreachable', 'disk_nearly_full', 'test'] as const;
export const alertKindSchema = z.enum(alertKinds);
export type AlertKind = z.infer<typeof alertKindSchema>;

export const alertSeverities = ['info', 'warning', 'error'] as const;
export const alertSeveritySchema = z.enum(alertSeverities);
export type AlertSeverity = z.infer<typeof alertSeveritySchema>;

/** One matter; what is raised again while it is open is counted, not repeated. */
export const alertViewSchema = z.object({
  id: z.uuid(),
  kind: alertKindSchema,
  severity: alertSeveritySchema,
  title: z.string(),
  body: z.string(),
  /** Path in the product that helps, such as /settings?tab=connections. */
  link: z.string().nullable(),
  /** How often it was raised while it was open. */
  count: z.number().int(),
  createdAt: z.date(),
  lastAt: z.date(),
  resolvedAt: z.date().nullable(),
  /** By the person who asks. */
  readAt: z.date().nullable(),
});
export type AlertView = z.infer<typeof alertViewSchema>;
export const alertIdInput = z.strictObject({ alertId: z.uuid() });

export const alertChannels = ['slack', 'email', 'sentry'] as const;
export const alertChannelSchema = z.enum(alertChannels);
export type AlertChannel = z.infer<typeof alertChannelSchema>;

/** raised: the first message of a matter. still: it was raised again since. settled: it is over. */
export const deliveryPurposes = ['raised', 'still', 'settled'] as const;
export type DeliveryPurpose = (typeof deliveryPurposes)[number];
export const deliveryStatuses = ['waiting', 'delivered', 'failed'] as const;

const host = z.string().trim().min(1).max(253).regex(/^[A-Za-z0-9.:-]+$/, 'Enter a host name.');
const address = z.email('Enter an e-mail address.').max(254);

const emailSettings = {
  host,
  port: z.number().int().min(1, 'A port is a number from 1 to 65535.').max(65535, 'A port is a number from 1 to 65535.'),
  /** starttls: refused when the server does not offer it. none: for a relay on this machine or in the own network only. */
  security: z.enum(['tls', 'starttls', 'none']),
  username: z.string().trim().max(254).nullable(),
  from: address,
  to: z.array(address).min(1, 'Enter at least one address.').max(20, 'Enter at most 20 addresses.'),
};
/** What is stored in the clear of the e-mail channel. */
export const emailSettingsSchema = z.object(emailSettings);
export type EmailSettings = z.output<typeof emailSettingsSchema>;

/** An absent secret keeps the one that is stored. */
export const setAlertChannelInput = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('slack'), enabled: z.boolean(), webhookUrl: z.url({ protocol: /^https?$/, error: 'Enter the address of a webhook, beginning with https://.' }).max(2048).optional() }),
  z.strictObject({ channel: z.literal('email'), enabled: z.boolean(), ...emailSettings, password: secretValueSchema.optional() }),
  z.strictObject({ channel: z.literal('sentry'), enabled: z.boolean(), dsn: z.url({ protocol: /^https?$/, error: 'Enter a DSN, beginning with https://.' }).max(2048).optional() }),
]);
export type SetAlertChannelInput = z.output<typeof setAlertChannelInput>;

export const alertChannelViewSchema = z.object({
  channel: alertChannelSchema,
  enabled: z.boolean(),
  /** What is set, without the secret. */
  settings: z.record(z.string(), z.unknown()),
  hasSecret: z.boolean(),
  secretLastFour: z.string().nullable(),
  lastDeliveredAt: z.date().nullable(),
  lastFailure: z.string().nullable(),
  lastFailureAt: z.date().nullable(),
  waiting: z.number().int(),
});
export type AlertChannelView = z.infer<typeof alertChannelViewSchema>;

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 22:00.');
/** In the quiet time nothing goes out but errors that are new; the rest follows in one message when it ends. */
export const alertSettingsSchema = z.strictObject({
  quiet: z.strictObject({ from: time, to: time, timeZone: z.string().max(64) }).nullable(),
  /** The same matter goes out again only after this long. */
  repeatAfterMinutes: z.number().int().min(5).max(10_080),
});
export type AlertSettings = z.infer<typeof alertSettingsSchema>;

export const alertChannelInput = z.strictObject({ channel: alertChannelSchema });

/** What came of a message that was sent to see whether a channel works. */
export interface ChannelTest {
  delivered: boolean;
  /** A sentence for the person who asked. */
  outcome: string;
}

/** One message about a matter, as the administrators see it. */
export interface AlertDeliveryView {
  channel: AlertChannel;
  purpose: DeliveryPurpose;
  status: (typeof deliveryStatuses)[number];
  attempts: number;
  /** In the quiet time. */
  held: boolean;
  nextAt: Date | null;
  lastFailure: string | null;
  finishedAt: Date | null;
}

/** A matter with what was sent about it. */
export interface SentAlertView extends AlertView {
  /** Whom it concerns; null: the administrators. */
  login: string | null;
  deliveries: AlertDeliveryView[];
}

/** What stands above every page because it blocks work, or soon will. `key` changes whenever there is something new to say. */
export interface Banner {
  key: string;
  severity: 'warning' | 'error';
  title: string;
  body: string;
  link: string | null;
}
