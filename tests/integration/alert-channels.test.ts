import { randomBytes, randomUUID } from 'node:crypto';
import tls from 'node:tls';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SetAlertChannelInput } from '@/contract/alert';
import { alerts, auditEvents, privateDestinations, secrets } from '@/db/schema';
import { countUnreadAlerts, listAlerts, listSentAlerts, markAlertRead, markAllAlertsRead } from '@/server/alerts/alert-queries';
import { setAlertChannel } from '@/server/alerts/channels/set-channel';
import { testChannel } from '@/server/alerts/channels/test-channel';
import { watchDiskSpace } from '@/server/alerts/disk-space';
import { noteEngineAnswer, noteEngineSilence } from '@/server/workspaces/reconcile/engine-state';
import { makeCertificate, startMailServer, type Certificate, type MailServer } from '@/tests/fakes/fake-mail-server';
import { sentryEventOf } from '@/tests/fakes/fake-sentry';
import { startAlertBench, type AlertBench } from '@/tests/setup/alert-bench';
import { listenAsOpened, ownAddress } from '@/tests/setup/own-address';

/** Each channel by its real protocol, and the list in the app. */
const password = `mail-${randomBytes(9).toString('hex')}`;

let on: AlertBench;
let certificate: Certificate;
const mailServers: MailServer[] = [];

beforeAll(async () => {
  on = await startAlertBench();
  certificate = await makeCertificate(ownAddress);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate.cert]);
});
beforeEach(() => on.reset());
afterEach(() => {
  for (const mail of mailServers.splice(0)) mail.close();
});
afterAll(() => on?.close());

describe('Sentry', () => {
  it('gets an event with level, fingerprint and tags; what is tried again is the same event', async () => {
    await on.useSentry();
    await on.raise({ severity: 'warning' });
    on.sentry.script.push({ status: 502 });
    await on.round('sentry');
    await on.round('sentry', 31_000);
    const [first, second] = on.sentry.received.map(sentryEventOf);
    expect(second).toMatchObject({ level: 'warning', message: 'Docker does not answer', fingerprint: ['engine'], tags: { kind: 'engine_unreachable', deployment: 'localhost:3000' }, extra: { body: 'Nothing can be started.', link: 'http://localhost:3000/system' } });
    expect(second?.event_id).toBe(first?.event_id);
    expect(await on.deliveries('sentry')).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });

  it('says so when the DSN is wrong', async () => {
    await expect(setAlertChannel(on.admin.actor, { channel: 'sentry', enabled: true, dsn: `http://${ownAddress}/42` })).rejects.toMatchObject({ kind: 'invalid' });
    await setAlertChannel(on.admin.actor, { channel: 'sentry', enabled: true, dsn: on.dsn.replace(on.sentryKey, 'f'.repeat(32)) });
    expect(await testChannel(on.admin.actor, 'sentry')).toMatchObject({ delivered: false, outcome: 'Sentry answered 403: {"detail":"bad sentry DSN public key"}. Check the DSN.' });
  });
});

describe('mail', () => {
  type EmailInput = Extract<SetAlertChannelInput, { channel: 'email' }>;
  const account = { user: 'anyon', password };

  async function useMail(server: MailServer, change: Partial<EmailInput> = {}): Promise<EmailInput> {
    mailServers.push(server);
    const port = await listenAsOpened(server.server.server, { database: on.bench.database, actor: on.admin.actor });
    const input: EmailInput = { channel: 'email', enabled: true, host: ownAddress, port, security: 'starttls', username: 'anyon', password, from: 'anyon@example.test', to: ['one@example.test', 'two@example.test'], ...change };
    await setAlertChannel(on.admin.actor, input);
    return input;
  }

  it('goes out after STARTTLS with a password, in plain text and HTML, to several people', async () => {
    const server = startMailServer({ ...certificate }, account);
    await useMail(server);
    await on.raise({ title: 'Docker\r\nBcc: evil@example.test', body: '<script>alert(1)</script> & more' });
    await on.round('email');
    expect(await on.deliveries('email')).toMatchObject([{ status: 'delivered', attempts: 1, lastFailure: null }]);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'anyon@example.test', to: ['one@example.test', 'two@example.test'], encrypted: true, user: 'anyon' });
    const end = mail!.raw.indexOf('\r\n\r\n');
    const [head, body] = [mail!.raw.slice(0, end), mail!.raw.slice(end)];
    expect(head.replace(/\r\n[ \t]+/g, ' ')).toMatch(/^Subject: \[Anyon\] Error: Docker Bcc: evil@example\.test$/m);
    expect(head).not.toMatch(/^Bcc:/m);
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(head).toMatch(new RegExp(`^Message-ID: <${(await on.deliveries('email'))[0]!.id}@localhost>$`, 'm'));
    expect(body).toContain('<script>alert(1)</script> & more'); // the plain text
    expect(body.slice(body.indexOf('text/html'))).not.toContain('<script>');
  });

  it('goes out by TLS from the first byte', async () => {
    const server = startMailServer({ ...certificate, secure: true }, account);
    await useMail(server, { security: 'tls' });
    expect(await testChannel(on.admin.actor, 'email')).toMatchObject({ delivered: true });
    expect(server.mails).toMatchObject([{ encrypted: true }]);
  });

  it('with a wrong password fails at once; the sentence does not repeat it', async () => {
    const server = startMailServer({ ...certificate }, account);
    const wrong = `wrong-${randomBytes(9).toString('hex')}`;
    await useMail(server, { password: wrong });
    await on.raise();
    await on.round('email');
    const [delivery] = await on.deliveries('email');
    expect(delivery).toMatchObject({ status: 'failed', attempts: 1 });
    expect(delivery!.lastFailure).toMatch(/refused the user name or the password/);
    expect(delivery!.lastFailure).not.toContain(wrong);
    expect(server.mails).toEqual([]);
  });

  it('says nothing to a server that does not offer STARTTLS', async () => {
    const server = startMailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true }, account);
    await useMail(server);
    const { delivered, outcome } = await testChannel(on.admin.actor, 'email');
    expect({ delivered, said: /does not offer STARTTLS, so nothing was sent/.test(outcome) }).toEqual({ delivered: false, said: true });
    expect(server.mails).toEqual([]);
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const server = startMailServer({ ...(await makeCertificate(ownAddress)) }, account);
    await useMail(server);
    expect(await testChannel(on.admin.actor, 'email')).toMatchObject({ delivered: false, outcome: expect.stringMatching(/could not be encrypted: .*self-signed/) as unknown });
    expect(server.mails).toEqual([]);
  });

  it('goes to a relay in the own network without encryption', async () => {
    const server = startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await useMail(server, { security: 'none', username: null, password: undefined });
    expect(await testChannel(on.admin.actor, 'email')).toMatchObject({ delivered: true });
    expect(server.mails).toMatchObject([{ encrypted: false, user: null }]);
  });

  it('never sends a stored password to another server', async () => {
    const server = startMailServer({ ...certificate }, account);
    const { password: _entered, ...kept } = await useMail(server);
    await setAlertChannel(on.admin.actor, { ...kept, to: ['three@example.test'] });
    for (const change of [{ host: 'mail.evil.example' }, { port: 2500 }, { security: 'none' as const }, { username: 'other' }]) {
      await expect(setAlertChannel(on.admin.actor, { ...kept, ...change })).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect(await testChannel(on.admin.actor, 'email')).toMatchObject({ delivered: true });
  });
});

describe('a channel', () => {
  it('keeps its secret in the vault, shows four characters of it at most, and leaves a line in the audit log', async () => {
    const views = await on.useSlack();
    expect(views[0]).toMatchObject({ channel: 'slack', enabled: true, hasSecret: true, secretLastFour: on.hook.slice(-4) });
    expect(JSON.stringify(views)).not.toContain(on.hook);
    expect(await on.bench.database.select({ name: secrets.name, ownerId: secrets.ownerId }).from(secrets).where(eq(secrets.kind, 'alert'))).toContainEqual({ name: 'slack', ownerId: null });
    await setAlertChannel(on.admin.actor, { channel: 'slack', enabled: true });
    expect(await testChannel(on.admin.actor, 'slack')).toEqual({ delivered: true, outcome: 'Slack has taken the message.' });
    const audit = await on.bench.database.select().from(auditEvents).where(eq(auditEvents.action, 'alert_channel_changed'));
    expect(audit.length).toBeGreaterThan(1);
    expect(JSON.stringify(audit)).not.toContain(on.hook);
  });

  it('WEB-14 never reaches a private address that nobody has opened, nor this machine’s loopback', async () => {
    await on.bench.database.delete(privateDestinations).where(eq(privateDestinations.port, Number(new URL(on.slackUrl).port)));
    await on.useSlack();
    expect(await testChannel(on.admin.actor, 'slack')).toMatchObject({ delivered: false, outcome: expect.stringContaining('Private destinations') as unknown });
    await setAlertChannel(on.admin.actor, { channel: 'slack', enabled: true, webhookUrl: on.slackUrl.replace(ownAddress, '127.0.0.1') });
    expect(await testChannel(on.admin.actor, 'slack')).toMatchObject({ delivered: false });
    expect(on.slack.received).toEqual([]);
    await on.bench.testDatabase.sql`insert into private_destinations (id, host, port, added_by_id) values (${randomUUID()}, ${ownAddress}, ${Number(new URL(on.slackUrl).port)}, ${on.admin.actor.userId})`;
  });
});

describe('in the app', () => {
  it('a person sees their own, and admins those of the install too', async () => {
    await on.raise();
    await on.raise({ key: 'mine', userId: on.member.actor.userId, title: 'Your token ends' });
    expect((await listAlerts(on.member.actor)).map(({ title }) => title)).toEqual(['Your token ends']);
    expect((await listAlerts(on.admin.actor)).map(({ title }) => title)).toEqual(['Docker does not answer']);
    expect(await countUnreadAlerts(on.member.actor)).toBe(1);
    const [foreign] = await listAlerts(on.admin.actor);
    await expect(markAlertRead(on.member.actor, foreign!.id)).rejects.toMatchObject({ kind: 'not_found' });
    await markAlertRead(on.admin.actor, foreign!.id);
    await markAlertRead(on.admin.actor, foreign!.id);
    expect((await listAlerts(on.admin.actor))[0]?.readAt).toBeInstanceOf(Date);
    await markAllAlertsRead(on.member.actor);
    expect([await countUnreadAlerts(on.member.actor), await countUnreadAlerts(on.admin.actor)]).toEqual([0, 0]);
    expect(await listSentAlerts()).toMatchObject([{ login: 'grace', deliveries: [] }, { login: null, deliveries: [] }]);
  });

  it('Docker that does not answer for a minute is one matter until it does', async () => {
    await noteEngineAnswer();
    await noteEngineSilence('connect ENOENT');
    expect(await listAlerts(on.admin.actor)).toEqual([]);
    await on.bench.testDatabase.sql`update engine_state set since = now() - interval '61 seconds'`;
    for (let probe = 0; probe < 3; probe++) await noteEngineSilence('connect ENOENT');
    expect(await listAlerts(on.admin.actor)).toMatchObject([{ kind: 'engine_unreachable', count: 1, resolvedAt: null, body: expect.stringContaining('connect ENOENT') as unknown }]);
    await noteEngineAnswer();
    expect((await listAlerts(on.admin.actor))[0]?.resolvedAt).toBeInstanceOf(Date);
  });

  it('a disk that runs full is one matter until there is room again', async () => {
    const gigabyte = 1024 ** 3;
    for (const free of [1.9, 1.5, 2.5]) await watchDiskSpace(async () => free * gigabyte);
    expect(await on.bench.database.select({ count: alerts.count, resolvedAt: alerts.resolvedAt }).from(alerts)).toEqual([{ count: 1, resolvedAt: null }]);
    await watchDiskSpace(async () => 3.1 * gigabyte);
    expect((await on.bench.database.select().from(alerts).where(sql`resolved_at is null`)).length).toBe(0);
  });
});
