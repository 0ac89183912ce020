import { eq, sql } from 'drizzle-orm';
import { firstRules, HOLD_HOURS, retentionKinds, retentionWords, type ChangeRetentionInput, type RetentionKind, type RetentionRule } from '@/contract/retention';
import type { Actor } from '@/contract/actor';
import { retentionRules, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';

/** A rule with when it begins to act. */
export interface StoredRule extends RetentionRule {
  kind: RetentionKind;
  holdsUntil: Date;
  changedAt: Date | null;
  changedBy: string | null;
}

const holdEnd = sql`now() + make_interval(hours => ${HOLD_HOURS})`;

/** Writes the rules that an install, or an upgrade, begins with. They wait like changed ones: nothing goes before somebody could see it. */
export async function writeFirstRules(): Promise<void> {
  await database().insert(retentionRules).values(retentionKinds.map((kind) => ({ kind, ...firstRules[kind], holdsUntil: holdEnd }))).onConflictDoNothing();
}

/** All rules; one that nobody has written yet waits. */
export async function readRules(): Promise<StoredRule[]> {
  const { kind: kindColumn, keepDays, maxBytes, holdsUntil, changedAt } = retentionRules;
  const rows = await database().select({ kind: kindColumn, keepDays, maxBytes, holdsUntil, changedAt, changedBy: users.login }).from(retentionRules).leftJoin(users, eq(users.id, retentionRules.changedById));
  const unwritten = (kind: RetentionKind): StoredRule => ({ kind, ...firstRules[kind], holdsUntil: new Date(Date.now() + HOLD_HOURS * 60 * 60 * 1000), changedAt: null, changedBy: null });
  return retentionKinds.map((kind) => rows.find((row) => row.kind === kind) ?? unwritten(kind));
}

/** Changes a rule. Nothing goes by it for a day, so that what it does can be looked at. One that says the same changes nothing. */
export async function changeRule(admin: Actor, { kind, keepDays, maxBytes }: ChangeRetentionInput): Promise<void> {
  await writeFirstRules();
  await database().transaction(async (tx) => {
    const [before] = await tx.select().from(retentionRules).where(eq(retentionRules.kind, kind)).for('update');
    if (before?.keepDays === keepDays && before.maxBytes === maxBytes) return;
    await tx.update(retentionRules).set({ keepDays, maxBytes, holdsUntil: holdEnd, changedAt: sql`now()`, changedById: admin.userId }).where(eq(retentionRules.kind, kind));
    const details = { keepDaysBefore: before?.keepDays ?? null, keepDays, maxBytesBefore: before?.maxBytes ?? null, maxBytes };
    await recordAudit(tx, { action: 'retention_changed', actor: admin, subject: { name: retentionWords[kind].title }, details });
  });
}
