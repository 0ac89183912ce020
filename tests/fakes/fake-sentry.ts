import { startHttpService, type HttpService, type Received } from '@/tests/fakes/http-service';

export interface SentryEvent {
  event_id: string;
  level: string;
  message: string;
  fingerprint: string[];
  tags: Record<string, string>;
  extra: Record<string, unknown>;
}

/** The envelope endpoint of one Sentry project, as its protocol is documented: authentication by header, one item to a line. */
export function startFakeSentry(projectId: string, key: string): HttpService {
  return startHttpService((request) => {
    if (request.path !== `/api/${projectId}/envelope/`) return { status: 404 };
    const auth = String(request.headers['x-sentry-auth'] ?? '');
    if (!/^Sentry .*sentry_version=7/.test(auth) || !auth.includes(`sentry_key=${key}`)) return { status: 403, body: '{"detail":"bad sentry DSN public key"}' };
    try {
      return { status: 200, body: JSON.stringify({ id: sentryEventOf(request).event_id }) };
    } catch (error) {
      return { status: 400, body: JSON.stringify({ detail: `bad envelope: ${String(error)}` }) };
    }
  });
}

export function sentryEventOf({ body }: Received): SentryEvent {
  const [head = '', item = '', payload = ''] = body.split('\n');
  const { event_id: id } = JSON.parse(head) as { event_id: string };
  const { type } = JSON.parse(item) as { type: string };
  const event = JSON.parse(payload) as SentryEvent;
  if (type !== 'event' || !/^[0-9a-f]{32}$/.test(id) || id !== event.event_id) throw new Error('not an event');
  return event;
}
