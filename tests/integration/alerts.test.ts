import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAlerts, listSentAlerts } from '@/server/alerts/alert-queries';
import { setAlertSettings } from '@/server/alerts/alert-settings';
import { listAlertChannels } from '@/server/alerts/channels/channel-views';
import { setAlertChannel } from '@/server/alerts/channels/set-channel';
import { testChannel } from '@/server/alerts/channels/test-channel';
import { planDeliveries } from '@/server/alerts/delivery/plan-deliveries';
import { resolveAlert } from '@/server/alerts/raise-alert';
import { slackPost, slackWords } from '@/tests/fakes/fake-slack';
import { root } from '@/tests/house/house';
import { startAlertBench, type AlertBench } from '@/tests/setup/alert-bench';

/** What goes out when, against a server that speaks as Slack does. */
const MINUTE = 60_000;

let on: AlertBench;

beforeAll(async () => {
  on = await startAlertBench();
});
beforeEach(() => on.reset());
afterAll(() => on?.close());

describe('an alert', () => {
  it('goes to Slack once, is counted while it is open, and is told again only after a while', async () => {
    await on.useSlack();
    await on.raise();
    await on.round();
    await on.raise();
    await on.raise();
    await on.round();
    await on.round('slack', 59 * MINUTE);
    expect(on.heads()).toEqual(['Docker does not answer']);
    await on.round('slack', 61 * MINUTE);
    await on.round('slack', 62 * MINUTE);
    expect(on.heads()).toEqual(['Docker does not answer', 'Still: Docker does not answer']);
    expect(slackWords(on.slack.received[1]!)).toContain('still: 3 times');
    await on.round('slack', 180 * MINUTE);
    expect(on.slack.received).toHaveLength(2); // nothing has happened since
  });

  it('that is over is told to Slack, if Slack knew of it, and a new one is a new message', async () => {
    await on.useSlack();
    await on.raise();
    await on.raise({ key: 'other', title: 'Something else' });
    await on.round();
    await resolveAlert(on.bench.database, 'engine');
    await on.raise();
    await on.round();
    await on.round();
    expect(on.heads()).toEqual(['Docker does not answer', 'Something else', 'Settled: Docker does not answer', 'Docker does not answer']);
  });

  it('that came and went before anybody looked is told in one message', async () => {
    await on.useSlack();
    await on.raise();
    await resolveAlert(on.bench.database, 'engine');
    await on.round();
    await on.round();
    expect(on.heads()).toEqual(['Docker does not answer']);
    expect(slackWords(on.slack.received[0]!)).toMatch(/settled \d{4}-/);
  });

  it('of a token that comes to its end is not told to be over when the next threshold takes its place', async () => {
    await on.useSlack();
    await on.raise({ kind: 'secret_expiring', key: 'expiring:14', title: 'Fourteen days' });
    await on.round();
    await resolveAlert(on.bench.database, 'expiring:14');
    await on.raise({ kind: 'secret_expiring', key: 'expiring:7', title: 'Seven days' });
    await on.round();
    expect(on.heads()).toEqual(['Fourteen days', 'Seven days']);
  });

  it('from before a channel was switched on is not told; one that a channel missed because it was off is given up', async () => {
    await on.raise({ key: 'old' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await on.useSlack();
    await on.round();
    expect(on.slack.received).toEqual([]);
    on.slack.script.push({ status: 500 });
    await on.raise();
    await on.round();
    await setAlertChannel(on.admin.actor, { channel: 'slack', enabled: false });
    expect((await on.deliveries()).map(({ status, lastFailure }) => ({ status, lastFailure }))).toEqual([{ status: 'failed', lastFailure: 'The channel was switched off.' }]);
  });

  it('holds no token and nothing that a channel would read as more than text', async () => {
    await on.useSlack();
    const token = `ghp_${'a1B2'.repeat(9)}`;
    await on.raise({ title: `Broken\r\nBcc: <!channel> \u001b[31mred\u001b[0m`, body: `Said: ${token} <https://evil.example|click> *bold* & more\u202e` });
    await on.round();
    const { body } = on.slack.received[0]!;
    const seen = slackWords(on.slack.received[0]!);
    expect(body).not.toContain(token);
    expect(body).not.toContain('\\u001b');
    expect(seen).toContain('Broken Bcc: &lt;!channel&gt; red');
    expect(seen).toContain('&lt;https://evil.example|click&gt; *bold* &amp; more');
    expect(slackPost(on.slack.received[0]!).blocks.filter(({ type }) => type !== 'context').every(({ text }) => text?.type === 'plain_text')).toBe(true);
    expect(seen).toContain('<http://localhost:3000/system|Open in Anyon>');
    expect(JSON.stringify(await listAlerts(on.admin.actor))).not.toContain(token);
  });
});

describe('a delivery', () => {
  it('that fails is tried again after growing pauses, and given up after ten tries', async () => {
    await on.useSlack();
    await on.raise();
    on.slack.script.push({ status: 500, body: 'server_error' });
    await on.round();
    expect(await on.deliveries()).toMatchObject([{ status: 'waiting', attempts: 1, lastFailure: 'Slack answered 500: server_error.' }]);
    await on.round('slack', 29_000);
    expect(on.slack.received).toHaveLength(1);
    await on.round('slack', 31_000);
    expect(await on.deliveries()).toMatchObject([{ status: 'delivered', attempts: 2, lastFailure: null }]);

    await on.raise({ key: 'down' });
    on.slack.script.push(...Array.from({ length: 10 }, () => ({ status: 503 })));
    for (let later = 0; later < 6.5 * 60 * MINUTE; later += 3 * MINUTE) await on.round('slack', later);
    expect((await on.deliveries()).at(-1)).toMatchObject({ status: 'failed', attempts: 10, lastFailure: 'Slack answered 503. Given up after 10 tries.' });
  });

  it('waits as long as Slack asks for', async () => {
    await on.useSlack();
    await on.raise();
    on.slack.script.push({ status: 429, headers: { 'retry-after': '600' } });
    await on.round();
    await on.round('slack', 9 * MINUTE);
    expect(on.slack.received).toHaveLength(1);
    await on.round('slack', 11 * MINUTE);
    expect(await on.deliveries()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
  });

  it('that can never work fails at once, with what to do, and without the address of the webhook', async () => {
    await setAlertChannel(on.admin.actor, { channel: 'slack', enabled: true, webhookUrl: on.slackUrl.replace('B000', 'B999') });
    await on.raise();
    await on.round();
    expect(await on.deliveries()).toMatchObject([{ status: 'failed', attempts: 1, lastFailure: 'Slack no longer knows this webhook: it was removed or switched off. Make a new one and enter its address.' }]);
    expect(JSON.stringify([await listAlertChannels(), await listSentAlerts()])).not.toContain(on.hook.slice(-24));
    on.slack.script.push({ status: 404, body: `nothing at ${on.slackUrl}` });
    expect((await testChannel(on.admin.actor, 'slack')).outcome).not.toContain(on.hook.split('/').at(-1));
  });

  it('that failed for good goes out after all when the channel is put right', async () => {
    await setAlertChannel(on.admin.actor, { channel: 'slack', enabled: true, webhookUrl: on.slackUrl.replace('B000', 'B999') });
    await on.raise();
    await on.raise({ key: 'over' });
    await on.round();
    expect((await on.deliveries()).map(({ status }) => status)).toEqual(['failed', 'failed']);
    await resolveAlert(on.bench.database, 'over');
    await on.useSlack();
    await on.round('slack', 1_000);
    expect((await on.deliveries()).map(({ status }) => status)).toEqual(['delivered', 'failed']);
    expect(on.slack.received.filter(({ path: at }) => at === on.hook)).toHaveLength(1);
  });

  it('of a channel that is down holds up no other, and a matter’s messages keep their order', async () => {
    await on.useSlack();
    await on.useSentry();
    await on.raise();
    on.slack.script.push({ status: 500 });
    await on.round();
    await on.round('sentry');
    expect(on.sentry.received).toHaveLength(1);
    await resolveAlert(on.bench.database, 'engine');
    await on.raise({ title: 'Docker does not answer again' });
    await on.round('slack', 1_000); // the first has not gone out: the second of the same matter waits
    expect(on.slack.received).toHaveLength(1);
    await on.round('slack', 31_000);
    await on.round('slack', 32_000);
    expect(on.heads().slice(1)).toEqual(['Docker does not answer', 'Docker does not answer again']);
  });

  it('is made by the next worker when one is killed in the middle of it', async () => {
    await on.useSlack();
    await on.raise();
    await planDeliveries();
    on.slack.script.push('hang');
    const arrived = on.slack.next();
    const child = spawn(process.execPath, ['--conditions=react-server', '--import', 'tsx', path.join(root, 'tests/setup/deliver-once.ts')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    await arrived;
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await on.deliveries()).toMatchObject([{ status: 'waiting', attempts: 1 }]);
    await on.round('slack', 50_000);
    expect(on.slack.received).toHaveLength(1); // for all we know it is still under way
    await on.round('slack', 61_000);
    expect(await on.deliveries()).toMatchObject([{ status: 'delivered', attempts: 2 }]);
    expect(on.slack.received).toHaveLength(2);
  });
});

describe('the quiet time', () => {
  const clock = (later: number) => new Date(Date.now() + later).toISOString().slice(11, 16);

  it('lets new errors through at once and tells the rest in one message when it ends', async () => {
    await on.useSlack();
    await setAlertSettings(on.admin.actor, { quiet: { from: clock(-MINUTE), to: clock(60 * MINUTE), timeZone: 'UTC' }, repeatAfterMinutes: 5 });
    await on.raise();
    await on.raise({ key: 'one', severity: 'warning', title: 'One warning' });
    await on.raise({ key: 'two', severity: 'info', title: 'One note' });
    await on.round();
    expect(on.heads()).toEqual(['Docker does not answer']);
    await on.raise(); // again: nothing new
    await on.round('slack', 10 * MINUTE);
    expect(on.slack.received).toHaveLength(1);
    expect((await listAlertChannels())[0]).toMatchObject({ channel: 'slack', waiting: 3 });
    await on.round('slack', 62 * MINUTE);
    await on.round('slack', 63 * MINUTE);
    expect(on.heads()).toEqual(['Docker does not answer', '3 alerts from the quiet time']);
    const digest = slackWords(on.slack.received[1]!);
    for (const part of ['One warning', 'One note', 'still: 2 times']) expect(digest).toContain(part);
    expect((await on.deliveries()).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered', 'delivered']);
  });

  it('refuses a time zone that does not exist', async () => {
    await expect(setAlertSettings(on.admin.actor, { quiet: { from: '22:00', to: '07:00', timeZone: 'Europe/Atlantis' }, repeatAfterMinutes: 60 })).rejects.toMatchObject({ kind: 'invalid' });
  });
});
