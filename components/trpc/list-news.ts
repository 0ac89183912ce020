import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { MOST_LISTED_AGAIN, type ListedWorkspace } from '@/contract/workspace';

/**
 * Keeps a list of workspaces current by what the news name: of a list of two hundred only those that changed are fetched again. It fetches the whole list
 * where that is the safer way: nothing is there to be mended, nobody looks at it, a fetch of all is under way (which may be older than
 * the news), too much has changed, or the few could not be had. One fetch at a time, so that an older answer never comes after a newer one.
 */
export class ListNews {
  readonly #queryClient: QueryClient;
  readonly #queryKey: QueryKey;
  readonly #fetchSome: (workspaceIds: string[]) => Promise<ListedWorkspace[]>;
  readonly #changed = new Set<string>();
  #isFetching = false;

  constructor(queryClient: QueryClient, queryKey: QueryKey, fetchSome: (workspaceIds: string[]) => Promise<ListedWorkspace[]>) {
    this.#queryClient = queryClient;
    this.#queryKey = queryKey;
    this.#fetchSome = fetchSome;
  }

  /** These have changed: the next fetch asks for them. */
  note(workspaceIds: readonly string[]): void {
    for (const id of workspaceIds) this.#changed.add(id);
  }

  /** Fetches what has changed, and never throws. While a fetch is under way it only says that another has to follow. */
  async fetch(): Promise<void> {
    if (this.#isFetching || this.#changed.size === 0) return;
    const asked = [...this.#changed];
    this.#changed.clear();
    if (asked.length > MOST_LISTED_AGAIN || !this.#canBeMended()) return this.#fetchAll();
    this.#isFetching = true;
    try {
      const found = await this.#fetchSome(asked);
      this.#queryClient.setQueryData<ListedWorkspace[]>(this.#queryKey, (list) => list && withNews(list, asked, found));
    } catch {
      void this.#fetchAll();
    } finally {
      this.#isFetching = false;
    }
    await this.fetch();
  }

  #canBeMended(): boolean {
    const query = this.#queryClient.getQueryCache().find({ queryKey: this.#queryKey });
    return query !== undefined && query.isActive() && query.state.status === 'success' && query.state.fetchStatus === 'idle' && !query.state.isInvalidated;
  }

  #fetchAll(): Promise<void> {
    return this.#queryClient.invalidateQueries({ queryKey: this.#queryKey });
  }
}

/** The list after news of those that were `asked` for, of which there are the ones that were `found`; newest first, as the server lists them. */
export function withNews(list: readonly ListedWorkspace[], asked: readonly string[], found: readonly ListedWorkspace[]): ListedWorkspace[] {
  const fresh = new Map(found.map((workspace) => [workspace.id, workspace]));
  const gone = new Set(asked.filter((id) => !fresh.has(id)));
  const known = new Set(list.map(({ id }) => id));
  const kept = list.filter(({ id }) => !gone.has(id)).map((workspace) => fresh.get(workspace.id) ?? workspace);
  const added = found.filter(({ id }) => !known.has(id));
  return added.length === 0 ? kept : [...kept, ...added].toSorted(newestFirst);
}

function newestFirst(one: ListedWorkspace, other: ListedWorkspace): number {
  return other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1);
}
