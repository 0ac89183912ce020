import { QueryClient, QueryObserver } from '@tanstack/react-query';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_LISTED_AGAIN, type ListedWorkspace } from '@/contract/workspace';
import { ListNews, withNews } from '@/components/trpc/list-news';

const KEY = ['list'];

/** What the server has: changed by a test, read by the fetches. */
let there: Map<string, ListedWorkspace>;
let queryClient: QueryClient;
let stopLooking: () => void;
const fetchAll = vi.fn<() => Promise<ListedWorkspace[]>>(async () => listed());
const fetchSome = vi.fn<(ids: string[]) => Promise<ListedWorkspace[]>>(async (ids) => listed().filter(({ id }) => ids.includes(id)));

beforeEach(async () => {
  there = new Map(['a', 'b', 'c'].map((id, index) => [id, workspace(id, index)]));
  queryClient = new QueryClient();
  fetchAll.mockClear();
  fetchSome.mockReset().mockImplementation(async (ids) => listed().filter(({ id }) => ids.includes(id)));
  const observer = new QueryObserver(queryClient, { queryKey: KEY, queryFn: fetchAll, staleTime: 60_000, retry: false });
  stopLooking = observer.subscribe(() => {});
  await vi.waitFor(() => expect(shown()).toHaveLength(3));
});
afterEach(() => {
  stopLooking();
  queryClient.clear();
});

function workspace(id: string, createdAt: number, name = id): ListedWorkspace {
  return { id, name, createdAt: new Date(createdAt) } as ListedWorkspace;
}

function listed(): ListedWorkspace[] {
  return [...there.values()].toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1));
}

function shown(): ListedWorkspace[] | undefined {
  return queryClient.getQueryData<ListedWorkspace[]>(KEY);
}

function newsOf(...ids: string[]): ListNews {
  const news = new ListNews(queryClient, KEY, fetchSome);
  news.note(ids);
  return news;
}

describe('a list that somebody looks at', () => {
  it('is mended by what changed, came and went, without fetching the rest', async () => {
    there.set('b', workspace('b', 1, 'another name'));
    there.set('d', workspace('d', 7));
    there.delete('c');
    const before = shown();
    await newsOf('b', 'c', 'd').fetch();
    expect(shown()).toEqual(listed());
    expect(fetchSome.mock.calls).toEqual([[['b', 'c', 'd']]]);
    expect(fetchAll).toHaveBeenCalledTimes(1);
    expect(shown()?.at(-1)).toBe(before?.at(-1)); // what did not change is what it was: nothing of it is drawn again
  });

  it('asks one after the other, so that an older answer never comes last', async () => {
    const answers: (() => void)[] = [];
    fetchSome.mockImplementation((ids) => {
      const found = listed().filter(({ id }) => ids.includes(id)); // as it stands now
      return new Promise((resolve) => void answers.push(() => resolve(found)));
    });
    there.set('a', workspace('a', 0, 'first'));
    const news = newsOf('a');
    const done = news.fetch();
    there.set('a', workspace('a', 0, 'second'));
    news.note(['a']);
    const other = news.fetch();
    expect(answers).toHaveLength(1);
    answers[0]?.();
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.();
    await Promise.all([done, other]);
    expect(shown()).toEqual(listed());
    expect(fetchAll).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['the few cannot be had', () => fetchSome.mockRejectedValue(new Error('gone'))],
    ['a fetch of all is under way, which may be older than the news', () => void queryClient.refetchQueries({ queryKey: KEY })],
    ['it is known to be old', () => void queryClient.invalidateQueries({ queryKey: KEY, refetchType: 'none' })],
  ])('is fetched as a whole where %s', async (_when, prepare) => {
    prepare();
    there.set('b', workspace('b', 1, 'another name'));
    await newsOf('b').fetch();
    await vi.waitFor(() => expect(shown()).toEqual(listed()));
    expect(fetchAll.mock.calls.length).toBeGreaterThan(1);
  });

  it('is fetched as a whole where much has changed at once', async () => {
    await newsOf(...Array.from({ length: MOST_LISTED_AGAIN + 1 }, (_, index) => `new ${index}`)).fetch();
    expect(fetchSome).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(fetchAll).toHaveBeenCalledTimes(2));
  });

  it('asks for nothing without news', async () => {
    await newsOf().fetch();
    expect(fetchSome).not.toHaveBeenCalled();
    expect(fetchAll).toHaveBeenCalledTimes(1);
  });
});

it('a list that nobody looks at is only marked as old', async () => {
  stopLooking();
  await newsOf('b').fetch();
  expect(fetchSome).not.toHaveBeenCalled();
  expect(fetchAll).toHaveBeenCalledTimes(1);
  expect(queryClient.getQueryState(KEY)?.isInvalidated).toBe(true);
});

it('whatever changed: the list comes to be what the server has', () => {
  const id = fc.constantFrom(...'abcdefghij');
  const rows = fc.uniqueArray(fc.record({ id, at: fc.integer({ min: 0, max: 3 }), name: fc.string() }), { selector: (row) => row.id });
  fc.assert(
    fc.property(rows, rows, fc.array(id), (before, after, alsoAsked) => {
      const madeAt = new Map([...after, ...before].map((row) => [row.id, row.at])); // it never changes
      const [old, now] = [before, after].map((rowsThen) => {
        there = new Map(rowsThen.map((row) => [row.id, workspace(row.id, madeAt.get(row.id) ?? 0, row.name)]));
        return listed();
      }) as [ListedWorkspace[], ListedWorkspace[]];
      const asked = [...new Set([...before.map((row) => row.id), ...after.map((row) => row.id), ...alsoAsked])];
      expect(withNews(old, asked, now.filter((row) => asked.includes(row.id)))).toEqual(now);
    }),
  );
});
