import type { AuditAction, AuditEvent } from '@/contract/audit';
import { signInErrorSentence } from '@/contract/sign-in-error';

/** What was done, as it reads after the name of who did it. */
export const actionWords: Record<AuditAction, string> = {
  sign_in: 'signed in',
  sign_in_refused: 'was not let in',
  sign_out: 'signed out',
  session_revoked: 'ended a session',
  all_sessions_revoked: 'signed out everywhere',
  person_added: 'came in for the first time',
  person_disabled: 'disabled a person',
  person_enabled: 'enabled a person',
  role_changed: 'changed a role',
  allowed: 'allowed to sign in',
  disallowed: 'no longer allowed to sign in',
  secret_set: 'set a secret',
  secret_deleted: 'deleted a secret',
  secret_injected: 'handed a secret to a run',
  keys_rotated: 'changed the key of the secrets',
  github_connected: 'connected GitHub',
  github_disconnected: 'disconnected GitHub',
  claude_connected: 'connected Claude',
  claude_disconnected: 'disconnected Claude',
  api_token_created: 'made an API token',
  api_token_revoked: 'revoked an API token',
  branch_pushed: 'pushed a branch',
  pull_request_opened: 'opened a pull request',
  pull_request_marked: 'changed whether a pull request is a draft',
  alert_channel_changed: 'changed an alert channel',
  alert_settings_changed: 'changed the alert settings',
  terminal_opened: 'opened a terminal',
  terminal_closed: 'closed a terminal',
  preview_opened: 'opened a preview',
  variant_chosen: 'chose a variant',
  variant_restored: 'restored a variant',
  variant_choice_undone: 'took back the choice of a variant',
  retention_changed: 'changed a retention rule',
  retention_hold_ended: 'applied a changed retention rule at once',
  retention_applied: 'removed what a retention rule says',
};

const viaWords: Record<string, string> = { setup_token: 'one-time link', github: 'GitHub', pat: 'GitHub token' };

/** Who did it: somebody who was not let in has only the name of their account. */
export function actorWords({ action, actorLogin, subject }: AuditEvent): string {
  if (actorLogin !== null) return actorLogin;
  return action === 'sign_in_refused' ? (subject ?? 'Somebody') : 'Anyon';
}

/** What it was done to, where that is not who did it. */
export function subjectWords(event: AuditEvent): string | null {
  return event.subject === actorWords(event) ? null : event.subject;
}

/** The details one by one, in words where they have some. */
export function detailWords({ details }: AuditEvent): { name: string; value: string }[] {
  return Object.entries(details).flatMap(([name, value]) => (value === null ? [] : [{ name: nameInWords(name), value: valueInWords(name, String(value)) }]));
}

function nameInWords(name: string): string {
  return name === 'via' ? 'by' : name.replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`).replaceAll('_', ' ');
}

function valueInWords(name: string, value: string): string {
  if (name === 'via') return viaWords[value] ?? value;
  return name === 'reason' && /^[\w-]+$/.test(value) ? signInErrorSentence(value) : value;
}
