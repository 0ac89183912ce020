import { and, eq, inArray, sql } from 'drizzle-orm';
import type { AlertChannel } from '@/contract/alert';
import { alertDeliveries, alerts } from '@/db/schema';
import type { SendOutcome } from '@/server/alerts/alert-message';
import { MOST_TRIES, pauseAfter } from '@/server/alerts/back-off';
import { sendThrough } from '@/server/alerts/channels/send';
import { readMessage } from '@/server/alerts/read-message';
import { database, rawDatabase } from '@/server/database';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';

/** Longer than any try takes. After a worker was killed in the middle of one, this is how long nobody tries again. */
const LEASE_MS = 60_000;
/** In one round; the next comes two seconds later. */
const MOST_MESSAGES = 20;

/** What goes out as one message. */
interface Due {
  id: string;
  deliveryIds: string[];
  /** Of the delivery that was tried most often, with this try. */
  tries: number;
}

/**
 * Sends what waits for this channel and is due, one message after the other, oldest first; a matter's messages never overtake
 * each other. Each try is written down before it is made and its end after it: a worker that is killed in between leaves a
 * delivery whose lease runs out and that is tried again. So every message goes out at least once, and twice only if the kill
 * falls between the service's answer and the row. A failure ends the round, for what follows would most likely fail too.
 */
export async function deliver(channel: AlertChannel, signal: AbortSignal, now: () => Date = () => new Date()): Promise<void> {
  for (let sent = 0; sent < MOST_MESSAGES && !signal.aborted; sent++) {
    const due = await claimNext(channel, now());
    if (!due) return;
    const message = await readMessage(due.id, due.deliveryIds);
    const outcome: SendOutcome = message ? await sendThrough(channel, message) : { ok: true };
    await note(due, outcome, now());
    if (outcome.ok) continue;
    log().warn({ channel, reason: outcome.sentence, tries: due.tries }, 'alerts: a message did not go out');
    if (!outcome.permanent) return;
  }
}

async function claimNext(channel: AlertChannel, now: Date): Promise<Due | null> {
  const at = now.toISOString();
  const [next] = await rawDatabase()<{ id: string; digest_id: string | null }[]>`
    select d.id, d.digest_id from alert_deliveries d join alerts a on a.id = d.alert_id
    where d.channel = ${channel} and d.status = 'waiting' and not d.held and d.next_at <= ${at}::timestamptz
      and not exists (
        select from alert_deliveries e join alerts b on b.id = e.alert_id
        where e.channel = d.channel and e.status = 'waiting' and b.key = a.key and e.id < d.id and (d.digest_id is null or e.digest_id is distinct from d.digest_id)
      )
    order by d.id limit 1`;
  if (!next) return null;
  const isThis = next.digest_id ? eq(alertDeliveries.digestId, next.digest_id) : eq(alertDeliveries.id, next.id);
  const lease = new Date(now.getTime() + LEASE_MS);
  const toldCount = sql`(select ${alerts.count} from ${alerts} where ${alerts.id} = ${alertDeliveries.alertId})`;
  const claimed = await database()
    .update(alertDeliveries)
    .set({ attempts: sql`${alertDeliveries.attempts} + 1`, triedAt: now, nextAt: lease, toldCount })
    .where(and(isThis, eq(alertDeliveries.status, 'waiting'), eq(alertDeliveries.held, false), sql`${alertDeliveries.nextAt} <= ${at}::timestamptz`))
    .returning({ id: alertDeliveries.id, attempts: alertDeliveries.attempts });
  if (claimed.length === 0) return null;
  return { id: next.digest_id ?? next.id, deliveryIds: claimed.map(({ id }) => id), tries: Math.max(...claimed.map(({ attempts }) => attempts)) };
}

async function note({ deliveryIds, tries }: Due, outcome: SendOutcome, now: Date): Promise<void> {
  await database()
    .update(alertDeliveries)
    .set(outcome.ok ? { status: 'delivered' as const, finishedAt: now, lastFailure: null } : failure(outcome, tries, now))
    .where(and(inArray(alertDeliveries.id, deliveryIds), eq(alertDeliveries.status, 'waiting')));
}

function failure({ sentence, permanent, retryAfterMs = 0 }: Extract<SendOutcome, { ok: false }>, tries: number, now: Date) {
  const pause = permanent ? null : pauseAfter(tries, retryAfterMs);
  if (pause !== null) return { lastFailure: maskTokens(sentence), nextAt: new Date(now.getTime() + pause) };
  return { status: 'failed' as const, finishedAt: now, lastFailure: maskTokens(permanent ? sentence : `${sentence} Given up after ${MOST_TRIES} tries.`) };
}
