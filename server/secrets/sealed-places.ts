import { and, asc, gt, isNotNull, not, sql, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { DatabaseOrTransaction } from '@/db/client';
import { followUps, runQuestions, runs } from '@/db/schema';

/** Where sealed texts wait until somebody takes them, for hours or days: what is sealed for minutes is not here. */
interface SealedPlace {
  table: PgTable;
  id: PgColumn;
  sealed: PgColumn;
  /** What the texts are sealed for. */
  purpose: string;
}

export const PROMPT_PURPOSE = 'run-prompt';
export const ANSWER_PURPOSE = 'question-answer';

export const sealedPlaces: readonly SealedPlace[] = [
  { table: runs, id: runs.id, sealed: runs.sealedPrompt, purpose: PROMPT_PURPOSE },
  { table: followUps, id: followUps.id, sealed: followUps.sealedPrompt, purpose: PROMPT_PURPOSE },
  { table: runQuestions, id: runQuestions.id, sealed: runQuestions.sealedAnswer, purpose: ANSWER_PURPOSE },
];

export interface SealedRow {
  id: string;
  sealed: string;
}

const keyOf = (sealed: PgColumn) => sql<string>`split_part(${sealed}, '.', 1)`;

/** Sealed texts by the key that opens them. */
export async function countByKey(db: DatabaseOrTransaction): Promise<{ keyId: string; texts: number }[]> {
  const counted = await Promise.all(
    sealedPlaces.map(({ table, sealed }) => db.select({ keyId: keyOf(sealed), texts: sql<number>`count(*)::int` }).from(table).where(isNotNull(sealed)).groupBy(keyOf(sealed))),
  );
  const sums = new Map<string, number>();
  for (const { keyId, texts } of counted.flat()) sums.set(keyId, (sums.get(keyId) ?? 0) + texts);
  return [...sums].map(([keyId, texts]) => ({ keyId, texts }));
}

/** The next texts of a place that another key than this one opens, locked until the transaction ends. */
export async function textsOnOtherKeys(transaction: DatabaseOrTransaction, { table, id, sealed }: SealedPlace, keyId: string, after: string | null, limit: number): Promise<SealedRow[]> {
  const beyond: SQL | undefined = after === null ? undefined : gt(id, after);
  const rows = await transaction
    .select({ id: sql<string>`${id}`, sealed: sql<string>`${sealed}` })
    .from(table)
    .where(and(isNotNull(sealed), not(sql`${keyOf(sealed)} = ${keyId}`), beyond))
    .orderBy(asc(id))
    .limit(limit)
    .for('update');
  return rows;
}

export async function replaceText(transaction: DatabaseOrTransaction, { table, id, sealed }: SealedPlace, row: SealedRow): Promise<void> {
  await transaction.execute(sql`update ${table} set ${sql.identifier(sealed.name)} = ${row.sealed} where ${id} = ${row.id}`);
}
