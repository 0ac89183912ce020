import { z } from 'zod';

/** What is written down for good: who did what to whom. Never a secret value. */
export const auditActions = [
  'sign_in', 'sign_in_refused', 'sign_out', 'session_revoked', 'all_sessions_revoked',
  'person_added', 'person_disabled', 'person_enabled', 'role_changed', 'allowed', 'disallowed',
  'secret_set', 'secret_deleted', 'secret_injected', 'keys_rotated',
  'github_connected', 'github_disconnected', 'claude_connected', 'claude_disconnected',
  'api_token_created', 'api_token_revoked',
  'branch_pushed', 'pull_request_opened', 'pull_request_marked',
  'alert_channel_changed', 'alert_settings_changed',
  'terminal_opened', 'terminal_closed', 'preview_opened',
  'variant_chosen', 'variant_restored', 'variant_choice_undone',
  'retention_changed', 'retention_hold_ended', 'retention_applied',
] as const;
export const auditActionSchema = z.enum(auditActions);
export type AuditAction = z.infer<typeof auditActionSchema>;

export const auditEventSchema = z.object({
  id: z.uuid(),
  at: z.date(),
  action: auditActionSchema,
  /** Null: Anyon itself, or somebody who was not let in. */
  actorLogin: z.string().nullable(),
  /** What it was done to, in words: a login, a secret's name, a run. */
  subject: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

export const listAuditInput = z.strictObject({
  action: auditActionSchema.optional(),
  /** Part of the actor's login or of the subject. */
  text: z.string().trim().max(100).optional(),
  /** Goes on after the event with this id. */
  after: z.uuid().optional(),
  limit: z.number().int().min(1).max(200).default(50),
});
export type ListAuditInput = z.output<typeof listAuditInput>;
