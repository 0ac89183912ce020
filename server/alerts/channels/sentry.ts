import { createEventEnvelope, serializeEnvelope, type SeverityLevel } from '@sentry/core';
import { alertLine } from '@/server/alerts/alert-text';
import type { AlertMessage, MessageEntry, SendOutcome } from '@/server/alerts/alert-message';
import { retryAfterMs } from '@/server/alerts/back-off';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { guardedFetch } from '@/server/outbound/guarded-fetch';

const TIMEOUT_MS = 15_000;

/** A DSN in its parts; the key stays out of every address that is called. */
export interface SentryProject {
  envelopeUrl: string;
  publicKey: string;
  host: string;
  projectId: string;
}

/** Throws `invalid` for what is no DSN. Read here, for the library would print one that it does not like to the log. */
export function readDsn(dsn: string): SentryProject {
  const url = URL.parse(dsn);
  const [, path = '', projectId = ''] = /^(.*)\/(\d+)\/?$/.exec(url?.pathname ?? '') ?? [];
  if (!url || !url.username || projectId === '') throw new AnyonError('invalid', 'This is not a DSN. It looks like https://key@host/number; copy it from the settings of the Sentry project.');
  return { envelopeUrl: `${url.protocol}//${url.host}${path}/api/${projectId}/envelope/`, publicKey: url.username, host: url.host, projectId };
}

/** One event for each matter, for an envelope holds one. Sentry drops an event that it has already, by its id. */
export async function sendToSentry(dsn: string, message: AlertMessage): Promise<SendOutcome> {
  for (const entry of message.entries) {
    const outcome = await sendEvent(readDsn(dsn), entry, message.deployment);
    if (!outcome.ok) return outcome;
  }
  return { ok: true };
}

async function sendEvent({ envelopeUrl, publicKey }: SentryProject, entry: MessageEntry, deployment: string): Promise<SendOutcome> {
  const body = serializeEnvelope(createEventEnvelope(sentryEvent(entry, deployment)));
  const headers = { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': `Sentry sentry_version=7, sentry_client=anyon/1.0, sentry_key=${publicKey}` };
  try {
    const answer = await guardedFetch(envelopeUrl, { method: 'POST', headers, body: typeof body === 'string' ? body : Buffer.from(body).toString(), timeoutMs: TIMEOUT_MS, maxBytes: 64 * 1024 });
    return judge(answer.status, alertLine(answer.text).slice(0, 200), answer.headers);
  } catch (error) {
    if (isAnyonError(error)) return { ok: false, sentence: error.message, permanent: error.kind === 'invalid' };
    return { ok: false, sentence: describeError(error), permanent: false };
  }
}

/** All of one matter are one issue; what happens again while it is open is the same one. */
export function sentryEvent(entry: MessageEntry, deployment: string) {
  const { id, key, kind, severity, title, body, link, count, login, raisedAt } = entry;
  return {
    event_id: id.replaceAll('-', ''),
    timestamp: Date.now() / 1000,
    platform: 'node',
    logger: 'anyon.alerts',
    level: severity as SeverityLevel,
    message: title,
    fingerprint: [key],
    server_name: deployment,
    tags: { kind, deployment },
    extra: { body, link, count, for: login, raisedAt: raisedAt.toISOString() },
  };
}

function judge(status: number, words: string, headers: Headers): SendOutcome {
  if (status >= 200 && status < 300) return { ok: true };
  if (status === 429) return { ok: false, sentence: 'Sentry takes no more events just now.', permanent: false, retryAfterMs: retryAfterMs(headers.get('retry-after'), new Date()) };
  const sentence = `Sentry answered ${status}${words ? `: ${words}` : ''}.`;
  if (status >= 500 || status === 408) return { ok: false, sentence, permanent: false };
  return { ok: false, sentence: `${sentence} Check the DSN.`, permanent: true };
}
