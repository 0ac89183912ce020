import { eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { retentionWords, type ApplyRetentionInput, type RetentionView } from '@/contract/retention';
import { retentionRules } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { AnyonError } from '@/server/errors';
import { forecastRetention, forecastRule } from '@/server/system/retention/forecast';
import { askForRound, readRoundState } from '@/server/system/retention/round-state';
import { readRules, writeFirstRules } from '@/server/system/retention/rules';

/**
 * Ends the waiting of a changed rule and asks the worker to apply it. The administrator says what they saw go; throws `conflict` when more would
 * go by now. For administrators.
 */
export async function applyRetentionNow(admin: Actor, { kind, items, bytes }: ApplyRetentionInput): Promise<RetentionView> {
  await writeFirstRules();
  const rule = (await readRules()).find((one) => one.kind === kind);
  if (!rule) throw new AnyonError('not_found', 'There is no such rule.');
  const { goes } = await forecastRule(rule, (await readRoundState()).lastRoundAt);
  if (goes.items > items || goes.bytes > bytes) {
    throw new AnyonError('conflict', `More goes by now than was shown: ${goes.items} ${retentionWords[kind].many}, ${bytesInWords(goes.bytes, 'up')}. Look at it again, then apply the rule.`);
  }
  await database().transaction(async (tx) => {
    const [ended] = await tx
      .update(retentionRules)
      .set({ holdsUntil: sql`least(${retentionRules.holdsUntil}, now())` })
      // Another rule may stand there by now, which nobody has seen act.
      .where(sql`${eq(retentionRules.kind, kind)} and ${retentionRules.keepDays} is not distinct from ${rule.keepDays} and ${retentionRules.maxBytes} is not distinct from ${rule.maxBytes}`)
      .returning({ kind: retentionRules.kind });
    if (!ended) throw new AnyonError('conflict', 'Somebody has just changed this rule. Look at what goes by it now.');
    await recordAudit(tx, { action: 'retention_hold_ended', actor: admin, subject: { name: retentionWords[kind].title }, details: { items: goes.items, bytes: goes.bytes } });
    await askForRound(tx);
  });
  return forecastRetention(admin);
}
