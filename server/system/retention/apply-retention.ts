import { desc, eq, notInArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { retentionKinds, retentionWords } from '@/contract/retention';
import { retentionRounds, retentionRules } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { chooseRemovals, type PresentThing, type Removal } from '@/server/system/retention/choose-removals';
import { finishRemovals, type Guard } from '@/server/system/retention/finish-removals';
import { forgetEndedRows } from '@/server/system/retention/forget-ended-rows';
import { presentThings } from '@/server/system/retention/present-things';
import { removers, sumOfTouched } from '@/server/system/retention/remove';
import { databaseTime, noteRound, readRoundState, ROUND_EVERY_MS } from '@/server/system/retention/round-state';
import { ruleWords } from '@/server/system/retention/rule-words';
import { readRules, writeFirstRules, type StoredRule } from '@/server/system/retention/rules';
import { sweepRemovedWork } from '@/server/workspaces/checkpoints/sweep-removed-work';
import { ownsDataDirectory } from '@/server/workspaces/reconcile/directory-owner';

/** Things that are marked in one transaction; the lead is asked for before each. */
const BATCH = 100;
/** A day of rows may be many: fewer at once, so that nobody waits behind their locks. */
const DAYS = 5;
const KEPT_ROUNDS = 100;

/** Applies the rules once an hour, or when somebody asks; what a worker before this one has begun is finished at once. For the holder of the lead. */
export async function applyRetentionWhenDue(guard: Guard): Promise<void> {
  await writeFirstRules();
  if (!(await ownsDataDirectory())) return; // these may be the files of another database
  await finishRemovals(guard);
  const now = await databaseTime();
  const { lastRoundAt, isAsked } = await readRoundState();
  if (!isAsked && lastRoundAt !== null && now.getTime() - lastRoundAt.getTime() < ROUND_EVERY_MS) return;
  if (await applyRetention(guard)) await noteRound(now);
}

/** One round over all kinds. What fails of one kind holds up no other and is tried again in the next round. False when it had to stop. */
export async function applyRetention(guard: Guard): Promise<boolean> {
  const rules = await readRules();
  for (const kind of retentionKinds) {
    const rule = rules.find((one) => one.kind === kind);
    guard.signal.throwIfAborted();
    try {
      if (rule && !(await applyRule(rule, guard))) return false;
    } catch (error) {
      guard.signal.throwIfAborted();
      log().warn({ err: error, kind }, 'retention: a rule could not be applied, trying again in the next round');
    }
  }
  await forgetEndedRows();
  return true;
}

async function applyRule(rule: StoredRule, guard: Guard): Promise<boolean> {
  const { kind, keepDays, maxBytes, holdsUntil } = rule;
  const now = await databaseTime();
  if ((keepDays === null && maxBytes === null) || holdsUntil > now) return true;
  const going = chooseRemovals(await presentThings(kind), rule, now).filter(({ thing }) => thing.waitsFor === null);
  for (const by of ['age', 'size'] as const) {
    const things = going.filter((one) => one.by === by).map(({ thing }) => thing).reverse(); // the oldest first
    const most = kind === 'audit' || kind === 'tasks' ? DAYS : BATCH;
    for (let at = 0; at < things.length; at += most) {
      guard.signal.throwIfAborted();
      if (!(await guard.mayAct())) return false;
      await removeBatch(rule, things.slice(at, at + most), by);
      await finishRemovals(guard);
    }
  }
  if (kind === 'removed_work' && going.length > 0) await sweepRemovedWork();
  return true;
}

/** The marks, or the rows, and what is written down about them: all or nothing. */
async function removeBatch(rule: StoredRule, things: readonly PresentThing[], by: Removal['by']): Promise<void> {
  const because = ruleWords(by, rule);
  const { kind } = rule;
  await database().transaction(async (tx) => {
    const [now] = await tx.select().from(retentionRules).where(eq(retentionRules.kind, kind)).for('share');
    if (now?.keepDays !== rule.keepDays || now.maxBytes !== rule.maxBytes) return; // changed since it was read: it waits
    const { items, bytes } = sumOfTouched(things, await removers[kind](tx, things.map(({ id }) => id), because));
    if (items === 0) return;
    await tx.insert(retentionRounds).values({ id: uuidv7(), kind, items, bytes, because });
    await recordAudit(tx, { action: 'retention_applied', actor: null, subject: { name: retentionWords[kind].title }, details: { items, bytes, rule: because, ...range(things) } });
    await tx.delete(retentionRounds).where(notInArray(retentionRounds.id, tx.select({ id: retentionRounds.id }).from(retentionRounds).orderBy(desc(retentionRounds.at)).limit(KEPT_ROUNDS)));
    log().info({ kind, items, bytes, because }, 'retention: removed');
  });
  await failpoint('retention.marked');
}

function range(things: readonly PresentThing[]): { from: string; to: string } {
  const day = (thing: PresentThing | undefined) => thing?.endedAt.toISOString().slice(0, 10) ?? '';
  return { from: day(things[0]), to: day(things.at(-1)) };
}
