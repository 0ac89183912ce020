import type { Actor } from '@/contract/actor';
import type { PublicPage } from '@/contract/public-api-endpoint';
import { AnyonError } from '@/server/errors';
import { callProcedure } from '@/server/trpc/public-api/call-procedure';
import type { MatchedEndpoint } from '@/server/trpc/public-api/match-endpoint';

interface PageInput {
  after?: string;
  limit: number;
}

/** One page of a list. Runs are paged by their number where they lie; the other lists are short and are cut here, by id, which rises with time. */
export async function pageOfList(actor: Actor, { name, endpoint }: MatchedEndpoint, input: Record<string, unknown>): Promise<PublicPage<unknown>> {
  const { after, limit, ...rest } = input as unknown as PageInput & Record<string, unknown>;
  const procedure = endpoint.procedure ?? '';
  if (name !== 'listRuns') {
    const all = (await callProcedure(actor, procedure, undefined)) as { id: string }[];
    const behind = all.toSorted((a, b) => (a.id < b.id ? 1 : -1)).filter(({ id }) => after === undefined || id < after);
    return cut(behind, limit, ({ id }) => id);
  }
  if (after !== undefined && !/^\d{1,9}$/.test(after)) throw new AnyonError('invalid', '“after” is not what a page named as its next.');
  const before = after === undefined ? {} : { before: Math.max(1, Number(after)) };
  const runs = (await callProcedure(actor, procedure, { ...rest, ...before, limit: limit + 1 })) as { number: number }[];
  return cut(runs, limit, ({ number }) => String(number));
}

function cut<Item>(items: readonly Item[], limit: number, nameOf: (item: Item) => string): PublicPage<Item> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, next: items.length > limit && last !== undefined ? nameOf(last) : null };
}
