import { emailSettingsSchema, type EmailSettings } from '@/contract/alert';

/** The settings of the e-mail channel as they stand in the fields. */
export interface EmailDraft {
  host: string;
  port: string;
  security: EmailSettings['security'];
  username: string;
  /** Empty: the stored one stays. */
  password: string;
  from: string;
  /** One address on each line. */
  to: string;
}

export const securityWords: Record<EmailSettings['security'], string> = { starttls: 'STARTTLS', tls: 'TLS', none: 'None (near relay)' };
export const usualPorts: Record<EmailSettings['security'], string> = { starttls: '587', tls: '465', none: '25' };

export function emailDraftOf(stored: Record<string, unknown>): EmailDraft {
  const settings = emailSettingsSchema.safeParse(stored);
  if (!settings.success) return { host: '', port: usualPorts.starttls, security: 'starttls', username: '', password: '', from: '', to: '' };
  const { host, port, security, username, from, to } = settings.data;
  return { host, port: String(port), security, username: username ?? '', password: '', from, to: to.join('\n') };
}

/** What the server is asked to store, not yet checked. */
export function emailInputOf(draft: EmailDraft) {
  const { host, security, from } = draft;
  return {
    channel: 'email' as const,
    enabled: true,
    host,
    security,
    port: draft.port.trim() === '' ? Number.NaN : Number(draft.port),
    username: draft.username.trim() || null,
    ...(draft.password !== '' && { password: draft.password }),
    from: from.trim(),
    to: draft.to.split(/[\s,;]+/).filter(Boolean),
  };
}
