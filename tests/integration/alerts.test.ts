import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import tls from 'node:tls';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AlertChannel, SetAlertChannelInput } from '@/contract/alert';
import { alertDeliveries, alerts, auditEvents, privateDestinations, secrets } from '@/db/schema';
import { countUnreadAlerts, listAlerts, listSentAlerts, markAlertRead, markAllAlertsRead } from '@/server/alerts/alert-queries';
import { setAlertSettings } from '@/server/alerts/alert-settings';
import { listAlertChannels } from '@/server/alerts/channels/channel-views';
import { setAlertChannel } from '@/server/alerts/channels/set-channel';
import { testChannel } from '@/server/alerts/channels/test-channel';
import { deliver } from '@/server/alerts/delivery/deliver';
import { planDeliveries } from '@/server/alerts/delivery/plan-deliveries';
import { watchDiskSpace } from '@/server/alerts/disk-space';
import { raiseAlert, resolveAlert, type NewAlert } from '@/server/alerts/raise-alert';
import { noteEngineAnswer, noteEngineSilence } from '@/server/workspaces/reconcile/engine-state';
import { forgetRates } from '@/server/rate-limits';
import { makeCertificate, startMailServer, type Certificate, type MailServer } from '@/tests/fakes/fake-mail-server';
import { sentryEventOf, startFakeSentry } from '@/tests/fakes/fake-sentry';
import { slackPost, slackWords, startFakeSlack } from '@/tests/fakes/fake-slack';
import type { HttpService } from '@/tests/fakes/http-service';
import { root } from '@/tests/house/house';
import { listenAsOpened, ownAddress } from '@/tests/setup/own-address';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** Alerts against servers that speak the real protocols. */
const hook = `/services/T000/B000/${randomBytes(12).toString('hex')}`;
const sentryKey = randomBytes(16).toString('hex');
const password = `mail-${randomBytes(9).toString('hex')}`;
const MINUTE = 60_000;

let bench: SignInBench;
let admin: SignedIn;
let member: SignedIn;
let slack: HttpService;
let sentry: HttpService;
let slackUrl: string;
let dsn: string;
let certificate: Certificate;
const mailServers: MailServer[] = [];

beforeAll(async () => {
  bench = await startSignIn({ ANYON_DATA_DIR: '/tmp' });
  admin = await signedInPerson(bench.database, 'ada', 'admin');
  member = await signedInPerson(bench.database, 'grace');
  slack = startFakeSlack(hook);
  sentry = startFakeSentry('42', sentryKey);
  const at = { database: bench.database, actor: admin.actor };
  slackUrl = `http://${ownAddress}:${await listenAsOpened(slack.server, at)}${hook}`;
  dsn = `http://${sentryKey}@${ownAddress}:${await listenAsOpened(sentry.server, at)}/42`;
  certificate = await makeCertificate(ownAddress);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificate.cert]);
});
beforeEach(async () => {
  forgetRates();
  await bench.testDatabase.sql`delete from alerts`;
  await bench.testDatabase.sql`delete from alert_channels`;
  await bench.testDatabase.sql`delete from alert_settings`;
  for (const service of [slack, sentry]) service.received.length = service.script.length = 0;
});
afterEach(() => {
  for (const mail of mailServers.splice(0)) mail.close();
});
afterAll(async () => {
  slack?.close();
  sentry?.close();
  await bench?.close();
});

function matter(change: Partial<NewAlert> = {}): NewAlert {
  return { kind: 'engine_unreachable', severity: 'error', key: 'engine', userId: null, title: 'Docker does not answer', body: 'Nothing can be started.', link: '/system', ...change };
}

const raise = (change: Partial<NewAlert> = {}) => raiseAlert(bench.database, matter(change));
const useSlack = () => setAlertChannel(admin.actor, { channel: 'slack', enabled: true, webhookUrl: slackUrl });
const useSentry = () => setAlertChannel(admin.actor, { channel: 'sentry', enabled: true, dsn });

/** What the worker's loops do, at a moment that many milliseconds from now. */
async function round(channel: AlertChannel = 'slack', later = 0): Promise<void> {
  const now = () => new Date(Date.now() + later);
  await planDeliveries(now());
  await deliver(channel, new AbortController().signal, now);
}

const deliveries = (channel: AlertChannel = 'slack') => bench.database.select().from(alertDeliveries).where(eq(alertDeliveries.channel, channel)).orderBy(alertDeliveries.id);
const heads = () => slack.received.map((one) => slackPost(one).blocks[0]?.text?.text);

describe('an alert', () => {
  it('goes to Slack once, is counted while it is open, and is told again only after a while', async () => {
    await useSlack();
    await raise();
    await round();
    await raise();
    await raise();
    await round();
    await round('slack', 59 * MINUTE);
    expect(heads()).toEqual(['Docker does not answer']);
    await round('slack', 61 * MINUTE);
    await round('slack', 62 * MINUTE);
    expect(heads()).toEqual(['Docker does not answer', 'Still: Docker does not answer']);
    expect(slackWords(slack.received[1]!)).toContain('still: 3 times');
    await round('slack', 180 * MINUTE);
    expect(slack.received).toHaveLength(2); // nothing has happened since
  });

  it('that is over is told to Slack, if Slack knew of it, and a new one is a new message', async () => {
    await useSlack();
    await raise();
    await raise({ key: 'other', title: 'Something else' });
    await round();
    await resolveAlert(bench.database, 'engine');
    await raise();
    await round();
    await round();
    expect(heads()).toEqual(['Docker does not answer', 'Something else', 'Settled: Docker does not answer', 'Docker does not answer']);
  });

  it('that came and went before anybody looked is told in one message', async () => {
    await useSlack();
    await raise();
    await resolveAlert(bench.database, 'engine');
    await round();
    await round();
    expect(heads()).toEqual(['Docker does not answer']);
    expect(slackWords(slack.received[0]!)).toMatch(/settled \d{4}-/);
  });

  it('of a token that comes to its end is not told to be over when the next threshold takes its place', async () => {
    await useSlack();
    await raise({ kind: 'secret_expiring', key: 'expiring:14', title: 'Fourteen days' });
    await round();
    await resolveAlert(bench.database, 'expiring:14');
    await raise({ kind: 'secret_expiring', key: 'expiring:7', title: 'Seven days' });
    await round();
    expect(heads()).toEqual(['Fourteen days', 'Seven days']);
  });

  it('from before a channel was switched on is not told; one that a channel missed because it was off is given up', async () => {
    await raise({ key: 'old' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await useSlack();
    await round();
    expect(slack.received).toEqual([]);
    slack.script.push({ status: 500 });
    await raise();
    await round();
    await setAlertChannel(admin.actor, { channel: 'slack', enabled: false });
    expect((await deliveries()).map(({ status, lastFailure }) => ({ status, lastFailure }))).toEqual([{ status: 'failed', lastFailure: 'The channel was switched off.' }]);
  });

  it('holds no token and nothing that a channel would read as more than text', async () => {
    await useSlack();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    await raise({ title: `Broken\r\nBcc: <!channel> \u001b[31mred\u001b[0m`, body: `Said: ${token} <https://evil.example|click> *bold* & more\u202e` });
    await round();
    const { body } = slack.received[0]!;
    const seen = slackWords(slack.received[0]!);
    expect(body).not.toContain(token);
    expect(body).not.toContain('\\u001b');
    expect(seen).toContain('Broken Bcc: &lt;!channel&gt; red');
    expect(seen).toContain('&lt;https://evil.example|click&gt; *bold* &amp; more');
    expect(slackPost(slack.received[0]!).blocks.filter(({ type }) => type !== 'context').every(({ text }) => text?.type === 'plain_text')).toBe(true);
    expect(seen).toContain('<http://localhost:3000/system|Open in Anyon>');
    expect(JSON.stringify(await listAlerts(admin.actor))).not.toContain(token);
  });
});

describe('a delivery', () => {
  it('that fails is tried again after growing pauses, and given up after ten tries', async () => {
    await useSlack();
    await raise();
    slack.script.push({ status: 500, body: 'server_error' });
    await round();
    expect(await deliveries()).toMatchObject([{ status: 'waiting', attempts: 1, lastFailure: 'Slack answered 500: server_error.' }]);
    await round('slack', 29_000);
    expect(slack.received).toHaveLength(1);
    await round('slack', 31_000);
    expect(await deliveries()).toMatchObject([{ status: 'delivered', attempts: 2, lastFailure: null }]);

    await raise({ key: 'down' });
    slack.script.push(...Array.from({ length: 10 }, () => ({ status: 503 })));
    for (let later = 0; later < 6.5 * 60 * MINUTE; later += 3 * MINUTE) await round('slack', later);
    expect((await deliveries()).at(-1)).toMatchObject({ status: 'failed', attempts: 10, lastFailure: 'Slack answered 503. Given up after 10 tries.' });
  });

  it('waits as long as Slack asks for', async () => {
    await useSlack();
    await raise();
    slack.script.push({ status: 429, headers: { 'retry-after': '600' } });
    await round();
    await round('slack', 9 * MINUTE);
    expect(slack.received).toHaveLength(1);
    await round('slack', 11 * MINUTE);
    expect(await deliveries()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });

  it('that can never work fails at once, with what to do, and without the address of the webhook', async () => {
    await setAlertChannel(admin.actor, { channel: 'slack', enabled: true, webhookUrl: slackUrl.replace('B000', 'B999') });
    await raise();
    await round();
    expect(await deliveries()).toMatchObject([{ status: 'failed', attempts: 1, lastFailure: 'Slack no longer knows this webhook: it was removed or switched off. Make a new one and enter its address.' }]);
    expect(JSON.stringify([await listAlertChannels(), await listSentAlerts()])).not.toContain(hook.slice(-24));
    slack.script.push({ status: 404, body: `nothing at ${slackUrl}` });
    expect((await testChannel(admin.actor, 'slack')).outcome).not.toContain(hook.split('/').at(-1));
  });

  it('that failed for good goes out after all when the channel is put right', async () => {
    await setAlertChannel(admin.actor, { channel: 'slack', enabled: true, webhookUrl: slackUrl.replace('B000', 'B999') });
    await raise();
    await raise({ key: 'over' });
    await round();
    expect((await deliveries()).map(({ status }) => status)).toEqual(['failed', 'failed']);
    await resolveAlert(bench.database, 'over');
    await useSlack();
    await round('slack', 1_000);
    expect((await deliveries()).map(({ status }) => status)).toEqual(['delivered', 'failed']);
    expect(slack.received.filter(({ path: at }) => at === hook)).toHaveLength(1);
  });

  it('of a channel that is down holds up no other, and a matter’s messages keep their order', async () => {
    await useSlack();
    await useSentry();
    await raise();
    slack.script.push({ status: 500 });
    await round();
    await round('sentry');
    expect(sentry.received).toHaveLength(1);
    await resolveAlert(bench.database, 'engine');
    await raise({ title: 'Docker does not answer again' });
    await round('slack', 1_000); // the first has not gone out: the second of the same matter waits
    expect(slack.received).toHaveLength(1);
    await round('slack', 31_000);
    await round('slack', 32_000);
    expect(heads().slice(1)).toEqual(['Docker does not answer', 'Docker does not answer again']);
  });

  it('is made by the next worker when one is killed in the middle of it', async () => {
    await useSlack();
    await raise();
    await planDeliveries();
    slack.script.push('hang');
    const arrived = slack.next();
    const child = spawn(process.execPath, ['--conditions=react-server', '--import', 'tsx', path.join(root, 'tests/setup/deliver-once.ts')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    await arrived;
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await deliveries()).toMatchObject([{ status: 'waiting', attempts: 1 }]);
    await round('slack', 50_000);
    expect(slack.received).toHaveLength(1); // for all we know it is still under way
    await round('slack', 61_000);
    expect(await deliveries()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
    expect(slack.received).toHaveLength(2);
  });
});

describe('the quiet time', () => {
  const clock = (later: number) => new Date(Date.now() + later).toISOString().slice(11, 16);

  it('lets new errors through at once and tells the rest in one message when it ends', async () => {
    await useSlack();
    await setAlertSettings(admin.actor, { quiet: { from: clock(-MINUTE), to: clock(60 * MINUTE), timeZone: 'UTC' }, repeatAfterMinutes: 5 });
    await raise();
    await raise({ key: 'one', severity: 'warning', title: 'One warning' });
    await raise({ key: 'two', severity: 'info', title: 'One note' });
    await round();
    expect(heads()).toEqual(['Docker does not answer']);
    await raise(); // again: nothing new
    await round('slack', 10 * MINUTE);
    expect(slack.received).toHaveLength(1);
    expect((await listAlertChannels())[0]).toMatchObject({ channel: 'slack', waiting: 3 });
    await round('slack', 62 * MINUTE);
    await round('slack', 63 * MINUTE);
    expect(heads()).toEqual(['Docker does not answer', '3 alerts from the quiet time']);
    const digest = slackWords(slack.received[1]!);
    for (const part of ['One warning', 'One note', 'still: 2 times']) expect(digest).toContain(part);
    expect((await deliveries()).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
  });

  it('refuses a time zone that does not exist', async () => {
    await expect(setAlertSettings(admin.actor, { quiet: { from: '22:00', to: '07:00', timeZone: 'Europe/Atlantis' }, repeatAfterMinutes: 60 })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('Sentry', () => {
  it('gets an event with level, fingerprint and tags; what is tried again is the same event', async () => {
    await useSentry();
    await raise({ severity: 'warning' });
    sentry.script.push({ status: 502 });
    await round('sentry');
    await round('sentry', 31_000);
    const [first, second] = sentry.received.map(sentryEventOf);
    expect(second).toMatchObject({ level: 'warning', message: 'Docker does not answer', fingerprint: ['engine'], tags: { kind: 'engine_unreachable', deployment: 'localhost:3000' }, extra: { body: 'Nothing can be started.', link: 'http://localhost:3000/system' } });
    expect(second?.event_id).toBe(first?.event_id);
    expect(await deliveries('sentry')).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });

  it('says so when the DSN is wrong', async () => {
    await expect(setAlertChannel(admin.actor, { channel: 'sentry', enabled: true, dsn: `http://${ownAddress}/42` })).rejects.toMatchObject({ kind: 'invalid' });
    await setAlertChannel(admin.actor, { channel: 'sentry', enabled: true, dsn: dsn.replace(sentryKey, 'f'.repeat(32)) });
    expect(await testChannel(admin.actor, 'sentry')).toMatchObject({ delivered: false, outcome: 'Sentry answered 403: {"detail":"bad sentry DSN public key"}. Check the DSN.' });
  });
});

describe('mail', () => {
  type EmailInput = Extract<SetAlertChannelInput, { channel: 'email' }>;
  const account = { user: 'anyon', password };

  async function useMail(server: MailServer, change: Partial<EmailInput> = {}): Promise<EmailInput> {
    mailServers.push(server);
    const port = await listenAsOpened(server.server.server, { database: bench.database, actor: admin.actor });
    const input: EmailInput = { channel: 'email', enabled: true, host: ownAddress, port, security: 'starttls', username: 'anyon', password, from: 'anyon@example.test', to: ['one@example.test', 'two@example.test'], ...change };
    await setAlertChannel(admin.actor, input);
    return input;
  }

  it('goes out after STARTTLS with a password, in plain text and HTML, to several people', async () => {
    const server = startMailServer({ ...certificate }, account);
    await useMail(server);
    await raise({ title: 'Docker\r\nBcc: evil@example.test', body: '<script>alert(1)</script> & more' });
    await round('email');
    expect(await deliveries('email')).toMatchObject([{ status: 'delivered', attempts: 1, lastFailure: null }]);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'anyon@example.test', to: ['one@example.test', 'two@example.test'], encrypted: true, user: 'anyon' });
    const end = mail!.raw.indexOf('\r\n\r\n');
    const [head, body] = [mail!.raw.slice(0, end), mail!.raw.slice(end)];
    expect(head.replace(/\r\n[ \t]+/g, ' ')).toMatch(/^Subject: \[Anyon\] Error: Docker Bcc: evil@example\.test$/m);
    expect(head).not.toMatch(/^Bcc:/m);
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(head).toMatch(new RegExp(`^Message-ID: <${(await deliveries('email'))[0]!.id}@localhost>$`, 'm'));
    expect(body).toContain('<script>alert(1)</script> & more'); // the plain text
    expect(body.slice(body.indexOf('text/html'))).not.toContain('<script>');
  });

  it('goes out by TLS from the first byte', async () => {
    const server = startMailServer({ ...certificate, secure: true }, account);
    await useMail(server, { security: 'tls' });
    expect(await testChannel(admin.actor, 'email')).toMatchObject({ delivered: true });
    expect(server.mails).toMatchObject([{ encrypted: true }]);
  });

  it('with a wrong password fails at once; the sentence does not repeat it', async () => {
    const server = startMailServer({ ...certificate }, account);
    const wrong = `wrong-${randomBytes(9).toString('hex')}`;
    await useMail(server, { password: wrong });
    await raise();
    await round('email');
    const [delivery] = await deliveries('email');
    expect(delivery).toMatchObject({ status: 'failed', attempts: 1 });
    expect(delivery!.lastFailure).toMatch(/refused the user name or the password/);
    expect(delivery!.lastFailure).not.toContain(wrong);
    expect(server.mails).toEqual([]);
  });

  it('says nothing to a server that does not offer STARTTLS', async () => {
    const server = startMailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true }, account);
    await useMail(server);
    const { delivered, outcome } = await testChannel(admin.actor, 'email');
    expect({ delivered, said: /does not offer STARTTLS, so nothing was sent/.test(outcome) }).toEqual({ delivered: false, said: true });
    expect(server.mails).toEqual([]);
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const server = startMailServer({ ...(await makeCertificate(ownAddress)) }, account);
    await useMail(server);
    expect(await testChannel(admin.actor, 'email')).toMatchObject({ delivered: false, outcome: expect.stringMatching(/could not be encrypted: .*self-signed/) as unknown });
    expect(server.mails).toEqual([]);
  });

  it('goes to a relay in the own network without encryption', async () => {
    const server = startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await useMail(server, { security: 'none', username: null, password: undefined });
    expect(await testChannel(admin.actor, 'email')).toMatchObject({ delivered: true });
    expect(server.mails).toMatchObject([{ encrypted: false, user: null }]);
  });

  it('never sends a stored password to another server', async () => {
    const server = startMailServer({ ...certificate }, account);
    const { password: _entered, ...kept } = await useMail(server);
    await setAlertChannel(admin.actor, { ...kept, to: ['three@example.test'] });
    for (const change of [{ host: 'mail.evil.example' }, { port: 2500 }, { security: 'none' as const }, { username: 'other' }]) {
      await expect(setAlertChannel(admin.actor, { ...kept, ...change })).rejects.toMatchObject({ kind: 'invalid' });
    }
    expect(await testChannel(admin.actor, 'email')).toMatchObject({ delivered: true });
  });
});

describe('a channel', () => {
  it('keeps its secret in the vault, shows four characters of it at most, and leaves a line in the audit log', async () => {
    const views = await useSlack();
    expect(views[0]).toMatchObject({ channel: 'slack', enabled: true, hasSecret: true, secretLastFour: hook.slice(-4) });
    expect(JSON.stringify(views)).not.toContain(hook);
    expect(await bench.database.select({ name: secrets.name, ownerId: secrets.ownerId }).from(secrets).where(eq(secrets.kind, 'alert'))).toContainEqual({ name: 'slack', ownerId: null });
    await setAlertChannel(admin.actor, { channel: 'slack', enabled: true });
    expect(await testChannel(admin.actor, 'slack')).toEqual({ delivered: true, outcome: 'Slack has taken the message.' });
    const audit = await bench.database.select().from(auditEvents).where(eq(auditEvents.action, 'alert_channel_changed'));
    expect(audit.length).toBeGreaterThan(1);
    expect(JSON.stringify(audit)).not.toContain(hook);
  });

  it('WEB-14 never reaches a private address that nobody has opened, nor this machine’s loopback', async () => {
    await bench.database.delete(privateDestinations).where(eq(privateDestinations.port, Number(new URL(slackUrl).port)));
    await useSlack();
    expect(await testChannel(admin.actor, 'slack')).toMatchObject({ delivered: false, outcome: expect.stringContaining('Private destinations') as unknown });
    await setAlertChannel(admin.actor, { channel: 'slack', enabled: true, webhookUrl: slackUrl.replace(ownAddress, '127.0.0.1') });
    expect(await testChannel(admin.actor, 'slack')).toMatchObject({ delivered: false });
    expect(slack.received).toEqual([]);
    await bench.testDatabase.sql`insert into private_destinations (id, host, port, added_by_id) values (${randomUUID()}, ${ownAddress}, ${Number(new URL(slackUrl).port)}, ${admin.actor.userId})`;
  });
});

describe('in the app', () => {
  it('a person sees their own, and admins those of the install too', async () => {
    await raise();
    await raise({ key: 'mine', userId: member.actor.userId, title: 'Your token ends' });
    expect((await listAlerts(member.actor)).map(({ title }) => title)).toEqual(['Your token ends']);
    expect((await listAlerts(admin.actor)).map(({ title }) => title)).toEqual(['Docker does not answer']);
    expect(await countUnreadAlerts(member.actor)).toBe(1);
    const [foreign] = await listAlerts(admin.actor);
    await expect(markAlertRead(member.actor, foreign!.id)).rejects.toMatchObject({ kind: 'not_found' });
    await markAlertRead(admin.actor, foreign!.id);
    await markAlertRead(admin.actor, foreign!.id);
    expect((await listAlerts(admin.actor))[0]?.readAt).toBeInstanceOf(Date);
    await markAllAlertsRead(member.actor);
    expect([await countUnreadAlerts(member.actor), await countUnreadAlerts(admin.actor)]).toEqual([0, 0]);
    expect(await listSentAlerts()).toMatchObject([{ login: 'grace', deliveries: [] }, { login: null, deliveries: [] }]);
  });

  it('Docker that does not answer for a minute is one matter until it does', async () => {
    await noteEngineAnswer();
    await noteEngineSilence('connect ENOENT');
    expect(await listAlerts(admin.actor)).toEqual([]);
    await bench.testDatabase.sql`update engine_state set since = now() - interval '61 seconds'`;
    for (let probe = 0; probe < 3; probe++) await noteEngineSilence('connect ENOENT');
    expect(await listAlerts(admin.actor)).toMatchObject([{ kind: 'engine_unreachable', count: 1, resolvedAt: null, body: expect.stringContaining('connect ENOENT') as unknown }]);
    await noteEngineAnswer();
    expect((await listAlerts(admin.actor))[0]?.resolvedAt).toBeInstanceOf(Date);
  });

  it('a disk that runs full is one matter until there is room again', async () => {
    const gigabyte = 1024 ** 3;
    for (const free of [1.9, 1.5, 2.5]) await watchDiskSpace(async () => free * gigabyte);
    expect(await bench.database.select({ count: alerts.count, resolvedAt: alerts.resolvedAt }).from(alerts)).toEqual([{ count: 1, resolvedAt: null }]);
    await watchDiskSpace(async () => 3.1 * gigabyte);
    expect((await bench.database.select().from(alerts).where(sql`resolved_at is null`)).length).toBe(0);
  });
});
