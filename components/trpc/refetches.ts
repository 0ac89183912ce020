import { hashKey, type QueryClient, type QueryKey } from '@tanstack/react-query';

const FIRST_MS = 50;
const BETWEEN_MS = 500;

/**
 * Fetches again what was asked for, each thing at most twice a second. Hundreds of changes in a row (a batch over many
 * workspaces) would otherwise begin a fetch with every one of them and cut off the one before, so that none came to its end.
 */
export class Refetches {
  readonly #queryClient: Pick<QueryClient, 'invalidateQueries'>;
  readonly #waiting = new Map<string, QueryKey>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(queryClient: Pick<QueryClient, 'invalidateQueries'>) {
    this.#queryClient = queryClient;
  }

  ask(keys: readonly QueryKey[]): void {
    for (const key of keys) this.#waiting.set(hashKey(key), key);
    if (this.#waiting.size === 0) return;
    this.#timer ??= setTimeout(() => this.#fetch(), Math.max(FIRST_MS, this.#last + BETWEEN_MS - Date.now()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #fetch(): void {
    this.#timer = undefined;
    this.#last = Date.now();
    const keys = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const queryKey of keys) void this.#queryClient.invalidateQueries({ queryKey });
  }
}
