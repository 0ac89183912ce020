import { createHash, timingSafeEqual } from 'node:crypto';
import net from 'node:net';
import { AggregatorRegistry, type MetricObject } from 'prom-client';
import { clientAddress, isPassedOn } from '@/server/client-address';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { meters } from '@/server/meters';
import { storedMeters } from '@/server/system/metrics/stored-meters';
import { readMeters } from '@/server/system/metrics/kept-meters';

/** Which process of Anyon a number is of. */
const PROCESS = 'process';

/** Everything that is measured, in the text form that Prometheus reads. `headers`: of who asks. Throws `forbidden` for whoever may not. */
export async function readMetrics(headers: Headers): Promise<{ text: string; contentType: string }> {
  assertMayRead(headers);
  const [own, worker, parent, stored] = await Promise.all([meters().registry.getMetricsAsJSON(), readMeters('worker'), readMeters('parent'), (await storedMeters()).getMetricsAsJSON()]);
  const all = [labelled(own, 'web'), ...(worker ? [labelled(worker, 'worker')] : []), ...(parent ? [labelled(parent, 'parent')] : []), stored];
  const registry = AggregatorRegistry.aggregate(all);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

/**
 * With ANYON_METRICS_TOKEN only who sends it. Without one nobody in `cloud`, where a proxy may make everybody look local, and in `local`
 * whoever asks from this machine itself.
 */
function assertMayRead(headers: Headers): void {
  const { ANYON_METRICS_TOKEN: token, ANYON_DEPLOYMENT_MODE: mode } = env();
  if (token) {
    if (sameText(headers.get('authorization') ?? '', `Bearer ${token}`)) return;
    throw new AnyonError('forbidden', 'Send the token of ANYON_METRICS_TOKEN as `Authorization: Bearer <token>`.');
  }
  if (mode === 'local' && isLoopback(clientAddress(headers)) && !isPassedOn(headers)) return;
  throw new AnyonError('forbidden', 'Metrics are for callers on this machine. Set ANYON_METRICS_TOKEN to let others read them.');
}

function isLoopback(address: string): boolean {
  return address === '::1' || (net.isIPv4(address) && address.startsWith('127.'));
}

/** Takes the same time whatever differs. */
function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

function labelled(metrics: MetricObject[], process: 'web' | 'worker' | 'parent'): MetricObject[] {
  type WithValues = MetricObject & { values?: { labels: Record<string, string | number> }[] };
  return (metrics as WithValues[]).map((metric) => ({ ...metric, ...(metric.values && { values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, [PROCESS]: process } })) }) }));
}
