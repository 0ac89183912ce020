import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { AlertChannel, ChannelTest } from '@/contract/alert';
import { sendThrough } from '@/server/alerts/channels/send';
import { deploymentName } from '@/server/alerts/read-message';
import { env } from '@/server/env';
import { limitRate } from '@/server/rate-limits';

const arrived: Record<AlertChannel, string> = {
  slack: 'Slack has taken the message.',
  email: 'The mail server has taken the message. Look whether it arrives.',
  sentry: 'Sentry has taken the event.',
};

/** Sends a message now, quiet time or not, and says what came of it. */
export async function testChannel({ userId, login }: Actor, channel: AlertChannel): Promise<ChannelTest> {
  await limitRate('test-alert-channel', userId, { points: 30, seconds: 60 });
  const id = uuidv7();
  const entry = {
    id,
    key: `test:${channel}`,
    kind: 'test' as const,
    severity: 'info' as const,
    purpose: 'raised' as const,
    title: 'Test of Anyon’s alerts',
    body: `${login} asked for it. You can read this, so the channel works.`,
    link: `${env().publicUrl}/settings?tab=alerts`,
    count: 1,
    raisedAt: new Date(),
    settledAt: null,
    login: null,
  };
  const outcome = await sendThrough(channel, { id, deployment: deploymentName(), entries: [entry] });
  return outcome.ok ? { delivered: true, outcome: arrived[channel] } : { delivered: false, outcome: outcome.sentence };
}
