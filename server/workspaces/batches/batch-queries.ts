import { asc, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { batchItemStatuses, batchViewSchema, batchWithItemsSchema, type BatchView, type BatchWithItems } from '@/contract/batch';
import { batches, batchItems, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { BatchAccess, BatchRow } from '@/server/workspaces/batches/access';

const MOST_BATCHES = 50;
type Counts = BatchView['counts'];

/** The newest batches that the actor may see, without their items. */
export async function listBatches(actor: Actor): Promise<BatchView[]> {
  return views(actor.role === 'admin' ? undefined : eq(batches.requestedById, actor.userId));
}

/** One batch as it stands now, without its items. */
export async function getBatch(access: BatchAccess): Promise<BatchView> {
  const [view] = await views(eq(batches.id, access.batch.id));
  if (!view) throw new AnyonError('not_found', 'This batch has been removed.');
  return view;
}

/** One batch with every item, in the order in which they are worked off; all of one moment. */
export async function getBatchWithItems(access: BatchAccess): Promise<BatchWithItems> {
  const rows = await database()
    .select({ batch: batches, requestedBy: users.login, item: batchItems })
    .from(batches)
    .innerJoin(users, eq(users.id, batches.requestedById))
    .innerJoin(batchItems, eq(batchItems.batchId, batches.id))
    .where(eq(batches.id, access.batch.id))
    .orderBy(asc(batchItems.position));
  const [first] = rows;
  if (!first) throw new AnyonError('not_found', 'This batch has been removed.');
  const items = rows.map((row) => row.item);
  const counted = batchItemStatuses.map((status) => [status, items.filter((item) => item.status === status).length]);
  return batchWithItemsSchema.parse({ ...view(first.batch, first.requestedBy, { total: items.length, ...Object.fromEntries(counted) } as Counts), items });
}

async function views(where: SQL | undefined): Promise<BatchView[]> {
  const counted = batchItemStatuses.map((status) => [status, sql<number>`count(*) filter (where ${batchItems.status} = ${status})::int`]);
  const rows = await database()
    .select({ batch: batches, requestedBy: users.login, counts: { total: sql<number>`count(*)::int`, ...(Object.fromEntries(counted) as Record<string, SQL<number>>) } })
    .from(batches)
    .innerJoin(users, eq(users.id, batches.requestedById))
    .innerJoin(batchItems, eq(batchItems.batchId, batches.id))
    .where(where)
    .groupBy(batches.id, users.id)
    .orderBy(desc(batches.createdAt))
    .limit(MOST_BATCHES);
  return rows.map((row) => view(row.batch, row.requestedBy, row.counts as unknown as Counts));
}

function view(batch: BatchRow, requestedBy: string, counts: Counts): BatchView {
  return batchViewSchema.parse({ ...batch, requestedBy, counts });
}
