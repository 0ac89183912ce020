import { z } from 'zod';

/**
 * One sign-in with a subscription, driven through the CLI's own `setup-token` in a throw-away container.
 *
 *   starting ─► waiting_for_code ─► checking ─► done
 *       └──────────────┴────────────────┴─► failed | cancelled | expired
 *
 * A wrong code goes back to `waiting_for_code` with the reason and a new address.
 */
export const claudeLoginStatuses = ['starting', 'waiting_for_code', 'checking', 'done', 'failed', 'cancelled', 'expired'] as const;
export const claudeLoginStatusSchema = z.enum(claudeLoginStatuses);
export type ClaudeLoginStatus = z.infer<typeof claudeLoginStatusSchema>;

const finalStatuses: ReadonlySet<ClaudeLoginStatus> = new Set(['done', 'failed', 'cancelled', 'expired']);

export function isFinalLogin(status: ClaudeLoginStatus): boolean {
  return finalStatuses.has(status);
}

/** How long a person has to approve and paste the code. */
export const CLAUDE_LOGIN_MINUTES = 10;

export const claudeLoginSchema = z.object({
  id: z.uuid(),
  status: claudeLoginStatusSchema,
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  /** Where to approve, once the CLI has said it. */
  url: z.string().nullable(),
  createdAt: z.date(),
  expiresAt: z.date(),
});
export type ClaudeLogin = z.infer<typeof claudeLoginSchema>;

export const claudeLoginIdInput = z.strictObject({ loginId: z.uuid() });
/** What the approval page shows, `code#state`; spaces and line ends around it do not matter. */
export const enterClaudeCodeInput = z.strictObject({
  loginId: z.uuid(),
  code: z.string().trim().regex(/^[A-Za-z0-9_#.~-]{8,2000}$/, 'Paste the whole code from the page, including what stands behind the #.'),
});
