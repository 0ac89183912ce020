import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { AlertChannel } from '@/contract/alert';
import { alertDeliveries } from '@/db/schema';
import { setAlertChannel } from '@/server/alerts/channels/set-channel';
import { deliver } from '@/server/alerts/delivery/deliver';
import { planDeliveries } from '@/server/alerts/delivery/plan-deliveries';
import { raiseAlert, type NewAlert } from '@/server/alerts/raise-alert';
import { forgetRates } from '@/server/rate-limits';
import { startFakeSentry } from '@/tests/fakes/fake-sentry';
import { slackPost, startFakeSlack } from '@/tests/fakes/fake-slack';
import { listenAsOpened, ownAddress } from '@/tests/setup/own-address';
import { signedInPerson } from '@/tests/setup/test-people';
import { startSignIn } from '@/tests/setup/test-sign-in';

export type AlertBench = Awaited<ReturnType<typeof startAlertBench>>;

/** An install with an admin, a member, and a Slack and a Sentry that listen nearby. Once per test file. */
export async function startAlertBench() {
  const hook = `/services/T000/B000/${randomBytes(12).toString('hex')}`;
  const sentryKey = randomBytes(16).toString('hex');
  const bench = await startSignIn({ ANYON_DATA_DIR: '/tmp' });
  const admin = await signedInPerson(bench.database, 'ada', 'admin');
  const member = await signedInPerson(bench.database, 'grace');
  const at = { database: bench.database, actor: admin.actor };
  const slack = startFakeSlack(hook);
  const sentry = startFakeSentry('42', sentryKey);
  const slackUrl = `http://${ownAddress}:${await listenAsOpened(slack.server, at)}${hook}`;
  const dsn = `http://${sentryKey}@${ownAddress}:${await listenAsOpened(sentry.server, at)}/42`;
  return {
    bench,
    admin,
    member,
    slack,
    sentry,
    slackUrl,
    dsn,
    hook,
    sentryKey,
    raise: (change: Partial<NewAlert> = {}) => raiseAlert(bench.database, { ...matter, ...change }),
    useSlack: () => setAlertChannel(admin.actor, { channel: 'slack', enabled: true, webhookUrl: slackUrl }),
    useSentry: () => setAlertChannel(admin.actor, { channel: 'sentry', enabled: true, dsn }),
    round,
    deliveries: (channel: AlertChannel = 'slack') => bench.database.select().from(alertDeliveries).where(eq(alertDeliveries.channel, channel)).orderBy(alertDeliveries.id),
    /** What Slack was told, by its headings. */
    heads: () => slack.received.map((one) => slackPost(one).blocks[0]?.text?.text),
    async reset() {
      forgetRates();
      await bench.testDatabase.sql`delete from alerts`;
      await bench.testDatabase.sql`delete from alert_channels`;
      await bench.testDatabase.sql`delete from alert_settings`;
      for (const service of [slack, sentry]) service.received.length = service.script.length = 0;
    },
    async close() {
      slack.close();
      sentry.close();
      await bench.close();
    },
  };
}

const matter: NewAlert = { kind: 'engine_unreachable', severity: 'error', key: 'engine', userId: null, title: 'Docker does not answer', body: 'Nothing can be started.', link: '/system' };

/** What the worker's loops do, at a moment that many milliseconds from now. */
async function round(channel: AlertChannel = 'slack', later = 0): Promise<void> {
  const now = () => new Date(Date.now() + later);
  await planDeliveries(now());
  await deliver(channel, new AbortController().signal, now);
}
