import { alertChannels } from '@/contract/alert';
import { deliver } from '@/server/alerts/delivery/deliver';
import { planDeliveries } from '@/server/alerts/delivery/plan-deliveries';
import { watchDiskSpace } from '@/server/alerts/disk-space';
import { warnOfExpiry } from '@/server/alerts/expiry';
import { forgetOldAlerts } from '@/server/alerts/forget-old-alerts';
import { warnOfTokenExpiry } from '@/server/alerts/token-expiry';
import type { BackgroundLoop } from '@/server/background-loops';

const MINUTE = 60_000;

/** What the worker does about alerts. Each channel has a loop of its own: one that is down holds up no other. */
export function alertLoops(): BackgroundLoop[] {
  return [
    { name: 'alerts to send', everyMs: 2_000, run: () => planDeliveries() },
    ...alertChannels.map((channel): BackgroundLoop => ({ name: `alerts by ${channel}`, everyMs: 2_000, run: (signal) => deliver(channel, signal) })),
    { name: 'expiry of connections', everyMs: 10 * MINUTE, run: () => warnOfExpiry() },
    { name: 'expiry of API tokens', everyMs: 60 * MINUTE, run: () => warnOfTokenExpiry() },
    { name: 'disk space', everyMs: MINUTE, run: () => watchDiskSpace() },
    { name: 'old alerts', everyMs: 60 * MINUTE, run: () => forgetOldAlerts() },
  ];
}
